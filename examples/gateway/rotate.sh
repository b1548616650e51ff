#!/bin/sh
# Give a key of a running gateway a new secret without an outage: test the new one first, and revoke the old one last.
# The key keeps its id, so references to it stay valid (keys help gateway creates a second key instead).
# BIFROST_GATEWAY_URL names the gateway, BIFROST_GATEWAY_TOKEN or …_USER and …_PASSWORD log in.
# usage: rotate.sh PROVIDER/NAME 'COMMAND that prints the new secret'
# Exit 0: rotated, and the provider accepts the new secret; 1: it does not work; others: keys help exit-codes.
set -eu
[ $# = 2 ] || { echo "usage: $0 PROVIDER/NAME 'COMMAND'" >&2; exit 2; }
key=$1 command=$2

# Test it from here, at the address in the gateway's own settings; nothing is written.
settings=$(keys --live -q export "${key%%/*}")
printf '%s' "$settings" | keys --config - -q rotate "$key" --value-command "$command" --test --dry-run

# A single request, so the gateway always has either the old or the new secret. The response has its own test.
answer=$(keys --live --no-input -o json rotate "$key" --value-command "$command")
status=$(printf '%s' "$answer" | jq -r '.changes[0].gateway_status')
case $status in
list_models_failed)
    printf '%s' "$answer" | jq -r '.changes[0].description // empty' >&2
    echo "$key: the gateway cannot use the new secret; give it the old one again with keys --live rotate $key" >&2
    exit 1
    ;;
*) echo "$key: rotated, $status at the gateway; revoke the old secret at the provider now" ;;
esac
