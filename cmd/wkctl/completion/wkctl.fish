# fish completion for wkctl: put it into ~/.config/fish/completions/wkctl.fish.
function __wkctl_complete
    set -l words (commandline -opc)
    wkctl __complete -- $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c wkctl -a '(__wkctl_complete)'
