#compdef wkctl
# zsh completion for wkctl: put it into a folder of $fpath as _wkctl.
_wkctl() {
  local -a items
  local line
  while IFS= read -r line; do
    items+=("${${line//:/\\:}/$'\t'/:}")
  done < <(wkctl __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( ${#items} )); then
    _describe wkctl items
  else
    _files
  fi
}
if [[ $funcstack[1] == _wkctl ]]; then
  _wkctl "$@"
else
  compdef _wkctl wkctl
fi
