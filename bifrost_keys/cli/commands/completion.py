"""keys completion: what a shell runs to complete the words of ``keys`` and ``bifrost-keys``."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from bifrost_keys.cli.output.streams import emit
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import UsageError
from bifrost_keys.gateway.secrets.detection import shown_argument

_BASH: Final = r"""# bash completion for keys and bifrost-keys
# now:       eval "$(keys completion bash)"
# for good:  mkdir -p ~/.local/share/bash-completion/completions
#            keys completion bash > ~/.local/share/bash-completion/completions/keys
#            ln -s keys ~/.local/share/bash-completion/completions/bifrost-keys
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
"""
_ZSH: Final = r"""#compdef keys bifrost-keys
# zsh completion for keys and bifrost-keys
# now:       eval "$(keys completion zsh)"   (after compinit)
# for good:  keys completion zsh > DIR/_keys   where DIR is one of $fpath
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
"""
_FISH: Final = r"""# fish completion for keys and bifrost-keys
# now:       keys completion fish | source
# for good:  keys completion fish > ~/.config/fish/completions/keys.fish
#            keys completion fish > ~/.config/fish/completions/bifrost-keys.fish
function __bifrost_keys
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l answer ($words[1] __complete fish $words[2..-1] "$typed" 2>/dev/null)
    set -l option (string match -r -- '^--[a-z0-9-]+=' $typed)
    set -l path (string replace -r -- '^--[a-z0-9-]+=' '' $typed)
    switch "$answer[1]"
        case files
            __fish_complete_path "$path" | string replace -r -- '^' "$option"
        case folders
            __fish_complete_directories "$path" | string replace -r -- '^' "$option"
        case '*'
            printf '%s\n' $answer[2..-1]
    end
end
complete -c keys -f -a '(__bifrost_keys)'
complete -c bifrost-keys -f -a '(__bifrost_keys)'
"""
SCRIPTS: Final = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def completion(
    _: Session, shell: Annotated[str, typer.Argument(metavar="bash|zsh|fish", help="The shell.")]
) -> int:
    """Print the script that completes commands, options and names in a shell; it says how to install it.

    Examples:
      eval "$(keys completion bash)"
      keys completion fish | source
    """
    script = SCRIPTS.get(shell)
    if script is None:
        message = f"no completion for {shown_argument(shell)}"
        raise UsageError(message, code="unknown-shell", hint="bash, zsh or fish")
    emit(script)
    return 0
