// A certified OpenID provider (oidc-provider) set up as itsme is: RS256 inside RSA-OAEP-256, private_key_jwt, PKCE, CIBA.
// Beside it an imitation of itsme's user discovery sessions. First line of stdin: {client_id, redirect_uri, keys}; then
// one line "scan" lets a phone scan the code on show. Prints {"issuer": url} when it listens.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const packages = process.argv[2];
const load = async (name, file) => import(pathToFileURL(join(packages, 'node_modules', name, file)));
const require = createRequire(pathToFileURL(packages + '/package.json'));
const { Provider } = await load('oidc-provider', 'lib/index.js');
const jose = await import(pathToFileURL(require.resolve('jose')));
const QRCode = require('qrcode');

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const told = JSON.parse((await lines.next()).value);
const CLAIM = 'http://itsme.services/v2/claim/';
const PERSON = {
  family_name: 'SPECIMEN', given_name: 'Zoé Modèle', birthdate: '1985-07-30', [`${CLAIM}BENationalNumber`]: '85073003328',
};

async function key(alg, use) {
  const { privateKey } = await jose.generateKeyPair(alg, { extractable: true });
  return { ...(await jose.exportJWK(privateKey)), alg, use, kid: use };
}

const server = createServer();
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const issuer = `http://127.0.0.1:${server.address().port}`;
const encrypted = (name) => ({
  [`${name}_signed_response_alg`]: 'RS256',
  [`${name}_encrypted_response_alg`]: 'RSA-OAEP-256',
  [`${name}_encrypted_response_enc`]: 'A128CBC-HS256',
});
const sessions = new Map();

const provider = new Provider(issuer, {
  clients: [{
    client_id: told.client_id,
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'RS256',
    jwks: told.keys,
    redirect_uris: [told.redirect_uri],
    grant_types: ['authorization_code', 'urn:openid:params:grant-type:ciba'],
    backchannel_token_delivery_mode: 'poll',
    backchannel_authentication_request_signing_alg: 'RS256',
    ...encrypted('id_token'),
    ...encrypted('userinfo'),
  }],
  jwks: { keys: [await key('RS256', 'sig'), await key('RSA-OAEP-256', 'enc')] },
  cookies: { keys: ['specimen'] },
  scopes: ['openid', 'offline_access', 'service:IDTUI_TEST'],
  claims: {
    openid: ['sub'],
    profile: ['family_name', 'given_name', 'birthdate'],
    eid: [`${CLAIM}BENationalNumber`],
    acr: null,
  },
  conformIdTokenClaims: true,
  acrValues: [`${CLAIM}acr_basic`, `${CLAIM}acr_advanced`],
  pkce: { required: () => true },
  ttl: { AuthorizationCode: 180, BackchannelAuthenticationRequest: 180, AccessToken: 300, IdToken: 300, Grant: 600, Session: 600, Interaction: 600 },
  enabledJWA: {
    idTokenEncryptionAlgValues: ['RSA-OAEP-256'], idTokenEncryptionEncValues: ['A128CBC-HS256'],
    userinfoEncryptionAlgValues: ['RSA-OAEP-256'], userinfoEncryptionEncValues: ['A128CBC-HS256'],
    userinfoSigningAlgValues: ['RS256'], idTokenSigningAlgValues: ['RS256'],
  },
  findAccount: async (_, sub) => ({ accountId: sub, claims: async () => ({ sub, acr: `${CLAIM}acr_basic`, ...PERSON }) }),
  features: {
    devInteractions: { enabled: true },
    claimsParameter: { enabled: true },
    encryption: { enabled: true },
    jwtUserinfo: { enabled: true },
    requestObjects: { enabled: true },
    ciba: {
      enabled: true,
      deliveryModes: ['poll'],
      async processLoginHintToken(ctx, token) {
        const { value } = jose.decodeJwt(token);
        const session = [...sessions.values()].find((each) => each.token === value);
        if (!session) return undefined;
        session.token = undefined; // used once
        return 'specimen';
      },
      async processLoginHint() { return undefined; },
      async validateRequestContext() {},
      async validateBindingMessage() {},
      async verifyUserCode() {},
      async triggerAuthenticationDevice(ctx, request) {
        setTimeout(async () => {
          const grant = new provider.Grant({ clientId: told.client_id, accountId: 'specimen' });
          grant.addOIDCScope('openid profile eid service:IDTUI_TEST');
          await grant.save();
          await provider.backchannelResult(request, grant, { acr: `${CLAIM}acr_basic` });
        }, 1000);
      },
    },
  },
});

async function form(request) {
  let body = '';
  for await (const part of request) body += part;
  return new URLSearchParams(body);
}

async function proven(assertion) {
  const keys = jose.createLocalJWKSet(told.keys);
  await jose.jwtVerify(assertion, keys, { issuer: told.client_id, subject: told.client_id, audience: `${issuer}/backchannel` });
}

provider.use(async (ctx, next) => {
  const match = /^\/user_discovery_sessions(?:\/([\w-]+))?$/.exec(ctx.path);
  if (!match || ctx.method !== 'POST') return next();
  try {
    await proven((await form(ctx.req)).get('client_assertion'));
  } catch {
    ctx.status = 401;
    ctx.body = { error: 'invalid_client' };
    return undefined;
  }
  const id = match[1] ?? crypto.randomUUID();
  if (!match[1]) sessions.set(id, { shown: 0 });
  const session = sessions.get(id);
  if (!session) { ctx.status = 404; return undefined; }
  session.shown += 1;
  if (session.scanned && !session.given) {
    session.given = true;
    session.token = crypto.randomUUID();
    ctx.body = { user_discovery_session_id: id, status: 'USER_DISCOVERED', user_identifier_token: session.token };
  } else {
    const png = await QRCode.toBuffer(`https://discovery.example/${id.slice(0, 8)}/${session.shown}`, { scale: 4 });
    ctx.body = {
      user_discovery_session_id: id, status: 'PENDING_USER_DISCOVERY', interval: 1,
      qr_code: png.toString('base64'), expires_at: Math.floor(Date.now() / 1000) + 300,
    };
  }
  return undefined;
});

server.on('request', provider.callback());
process.stdout.write(JSON.stringify({ issuer }) + '\n');
for await (const line of { [Symbol.asyncIterator]: () => lines }) {
  if (line === 'scan') for (const session of sessions.values()) session.scanned = true;
}
process.exit(0);
