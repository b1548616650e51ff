# fish completion for keys and bifrost-keys
# now:       keys completion fish | source
# for good:  keys completion fish --install
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
