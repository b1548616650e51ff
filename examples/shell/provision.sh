#!/bin/sh
# Makes a key refer to a variable of the gateway's environment, and says what happened.
# usage: provision.sh PROVIDER/NAME VARIABLE [option of keys set…]
set -u
[ $# -ge 2 ] || { echo "usage: $0 PROVIDER/NAME VARIABLE [option…]" >&2; exit 2; }
key=$1 variable=$2
shift 2

result=$(keys --no-input -o json set "$key" --value-env "$variable" --init "$@" 2>/dev/null)
case $? in
0)
    case $result in
    *'"changed": true'*) echo "$key: set, restart the gateway" ;;
    *) echo "$key: unchanged" ;;
    esac
    ;;
4) echo "$key: no such provider" >&2; exit 1 ;;
5) echo "$key: the name is taken, or somebody changed the key in the web UI" >&2; exit 1 ;;
6) echo "$key: another run holds the lock, try again later" >&2; exit 75 ;; # EX_TEMPFAIL
65) echo "$key: the input is wrong, trying again does not help" >&2; exit 65 ;;
*) echo "$key: failed, nothing was written" >&2; exit 1 ;;
esac
