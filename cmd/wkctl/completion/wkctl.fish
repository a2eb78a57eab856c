# fish completion for wkctl: put it into ~/.config/fish/completions/wkctl.fish.
function __wkctl_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l what 0
    set -l found
    for line in (wkctl __complete -- $words[2..-1] $current 2>/dev/null)
        if string match -qr '^:\d+$' -- $line
            set what (string sub -s 2 -- $line)
        else
            set -a found $line
        end
    end
    if set -q found[1]
        printf '%s\n' $found
        return
    end
    if test $what -ge 4
        return
    end
    # A file is wanted. It begins behind --flag=, and behind FORMAT= of --output.
    set -l lead ''
    set -l path $current
    if string match -q -- '--*=*' $path
        set lead (string split -m 1 = -- $path)[1]=
        set path (string split -m 1 = -- $path)[2]
    end
    if test "$words[-1]" = --output; or test "$lead" = --output=
        set lead $lead(string split -m 1 = -- $path)[1]=
        set path (string split -m 1 = -- $path)[2]
    end
    for file in (__fish_complete_path "$path")
        echo $lead$file
    end
end
complete -c wkctl -f -a '(__wkctl_complete)'
