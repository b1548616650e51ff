#!/bin/sh
# Give a key of a running gateway a new secret without an outage: the new one is tried first, and the old one is revoked
# last. The key keeps its id, so what refers to it follows (keys help gateway puts a second key beside it instead).
# BIFROST_GATEWAY_URL names the gateway, BIFROST_GATEWAY_TOKEN or …_USER and …_PASSWORD log in.
# usage: rotate.sh PROVIDER/NAME 'COMMAND that prints the new secret'
# Exit 0: rotated, and the provider takes the new secret. Another: keys help exit-codes; 1: it does not work.
set -eu
[ $# = 2 ] || { echo "usage: $0 PROVIDER/NAME 'COMMAND'" >&2; exit 2; }
key=$1 command=$2

# From here, at the address that the gateway's own settings give; nothing is written anywhere.
settings=$(keys --live -q export "${key%%/*}")
printf '%s' "$settings" | keys --config - -q rotate "$key" --value-command "$command" --test --dry-run

# In one request: the gateway has the old secret or the new one at any time. Its own try comes with the answer.
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
