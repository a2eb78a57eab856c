#compdef wkctl
# zsh completion for wkctl: put it into a folder of $fpath as _wkctl.
_wkctl() {
  local -a items
  local line what=0
  while IFS= read -r line; do
    if [[ $line == :<-> ]]; then
      what=${line#:}
    else
      items+=("${${line//:/\\:}/$'\t'/:}")
    fi
  done < <(wkctl __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( ${#items} && what & 2 )); then
    _describe wkctl items -S ''
  elif (( ${#items} )); then
    _describe wkctl items
  elif (( ! (what & 4) )); then
    # The file begins behind --flag=, and behind FORMAT= of --output.
    if [[ $words[CURRENT] == --*=* ]]; then
      compset -P 1 '*='
    fi
    if [[ $words[CURRENT] == --output=* || $words[CURRENT-1] == --output ]]; then
      compset -P 1 '*='
    fi
    _files
  fi
}
if [[ $funcstack[1] == _wkctl ]]; then
  _wkctl "$@"
else
  compdef _wkctl wkctl
fi
