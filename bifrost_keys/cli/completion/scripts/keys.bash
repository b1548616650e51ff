# bash completion for keys and bifrost-keys
# now:       eval "$(keys completion bash)"
# for good:  keys completion bash --install
_bifrost_keys() {
    local line kind=
    COMPREPLY=()
    while IFS= read -r line; do
        if [ -z "$kind" ]; then kind=$line; else COMPREPLY+=("$line"); fi
    done < <("${1/#\~/$HOME}" __complete bash "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
    case $kind in
        files) compopt -o filenames -o default 2>/dev/null ;;
        folders) compopt -o filenames -o dirnames 2>/dev/null ;;
    esac
}
complete -F _bifrost_keys keys bifrost-keys
