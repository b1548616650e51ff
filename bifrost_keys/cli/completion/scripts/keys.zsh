#compdef keys bifrost-keys
# zsh completion for keys and bifrost-keys
# now:       eval "$(keys completion zsh)"   (after compinit)
# for good:  keys completion zsh --install
_bifrost_keys() {
    local kind line prefix
    local -a answer texts shown
    answer=("${(@f)$(
        "${(Q)words[1]}" __complete zsh "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null
    )}")
    kind=$answer[1]
    for line in "${(@)answer[2,-1]}"; do
        texts+=("${line%%$'\t'*}")
        shown+=("${line%%$'\t'*}${${line#*$'\t'}:+  -- ${line#*$'\t'}}")
    done
    case $kind in
        files) compset -P '--[a-z0-9-]#='; _files ;;
        folders) compset -P '--[a-z0-9-]#='; _files -/ ;;
        *) (( $#texts )) && compadd -l -d shown -a texts ;;
    esac
}
if [ "$funcstack[1]" = _keys ]; then _bifrost_keys "$@"; else compdef _bifrost_keys keys bifrost-keys; fi
