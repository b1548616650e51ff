#!/bin/sh
# Print how a running gateway and its config.json differ, and nothing if they do not: cron mails the output.
# BIFROST_GATEWAY_URL names the gateway, BIFROST_GATEWAY_TOKEN or …_USER and …_PASSWORD log in, BIFROST_CONFIG names the
# file. In a crontab: 17 3 * * * /usr/local/lib/bifrost/drift.sh
# Exit 0: no difference; 10: differences; others: they could not be compared (keys help exit-codes).
set -u
code=0
answer=$(keys --live --no-input -o json diff --exit-code) || code=$?
[ "$code" != 10 ] || printf '%s' "$answer" | jq -r '.keys[] | select(.state != "in-sync")
    | "\(.provider)/\(.name): \(.state)" + if .fields == [] then "" else " (\(.fields | join(", ")))" end'
exit "$code"
