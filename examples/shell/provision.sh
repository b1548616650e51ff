#!/bin/sh
# Make a key refer to a variable in the gateway's environment, and report the outcome.
# usage: provision.sh PROVIDER/NAME VARIABLE [option of keys set…]
# The exit code is that of keys (keys help exit-codes); 127: keys or jq is not installed.
set -u
[ $# -ge 2 ] || { echo "usage: $0 PROVIDER/NAME VARIABLE [option…]" >&2; exit 2; }
key=$1 variable=$2
shift 2
for program in keys jq; do
    command -v "$program" >/dev/null || { echo "$program is not installed, or not on PATH" >&2; exit 127; }
done

# With -o json a run prints one object: its result on standard output, or its error on standard error.
answer=$(keys --no-input -o json set "$key" --value-env "$variable" --init "$@" 2>&1)
code=$?
field() { printf '%s\n' "$answer" | jq -er "$1" 2>/dev/null; }

if [ "$code" = 0 ]; then
    field '.warnings[] | "warning: \(.message)"' >&2
    if field .changed >/dev/null; then
        echo "$key: set; restart the gateway"
    else
        echo "$key: unchanged"
    fi
    exit 0
fi

# Output that is not such an object, for example an error of the interpreter, is shown unchanged.
field '.error | "error: \(.message)", (.hint // empty | "hint: \(.)")' >&2 || printf '%s\n' "$answer" >&2
case $code in
2 | 3 | 4 | 5 | 65 | 78) echo "$key: refused; nothing was written, and trying again does not help" >&2 ;;
6) echo "$key: nothing was written; try again later" >&2 ;;
70 | 74) echo "$key: failed; if the error begins with \"written\", the file has the key" >&2 ;;
129 | 130 | 131 | 143) echo "$key: interrupted; nothing was written" >&2 ;;
*) echo "$key: keys could not be run" >&2 ;;
esac
exit "$code"
