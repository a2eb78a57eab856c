# bash completion for wkctl: source it, or put it where bash-completion looks.
_wkctl() {
  local cur=${COMP_WORDS[COMP_CWORD]} line
  COMPREPLY=()
  while IFS=$'\t' read -r line _; do
    [[ $line == "$cur"* ]] && COMPREPLY+=("$line")
  done < <(wkctl __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _wkctl wkctl
