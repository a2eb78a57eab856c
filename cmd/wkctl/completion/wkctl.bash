# bash completion for wkctl: source it, or put it where bash-completion looks.
_wkctl() {
  local -a words=()
  local rest=$COMP_LINE line what=0 i mark lead=
  # bash parts words at "=", ":" and "@" as well: put together what no blank parts.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    if ((i == 0)) || [[ $rest == [[:blank:]]* ]]; then
      words+=("")
      rest=${rest#"${rest%%[![:blank:]]*}"}
    fi
    words[${#words[@]} - 1]+=${COMP_WORDS[i]}
    rest=${rest#"${COMP_WORDS[i]}"}
  done
  local cur=${words[${#words[@]} - 1]}
  # What stands before the last such character is not part of the answer.
  for mark in = : @; do
    if [[ $COMP_WORDBREAKS == *"$mark"* && $cur == *"$mark"* ]]; then
      line=${cur%"${cur##*"$mark"}"}
      ((${#line} > ${#lead})) && lead=$line
    fi
  done
  COMPREPLY=()
  while IFS=$'\t' read -r line _; do
    case $line in
      :[0-9]*) what=${line#:} ;;
      "$cur"*) COMPREPLY+=("${line#"$lead"}") ;;
    esac
  done < <(wkctl __complete -- "${words[@]:1}" 2>/dev/null)
  if ((${#COMPREPLY[@]} == 0 && !(what & 4))); then
    # bash 3.2, as macOS has it, knows no compopt.
    compopt -o default 2>/dev/null || COMPREPLY=($(compgen -f -- "${cur#"$lead"}"))
  fi
  if ((what & 2)); then
    compopt -o nospace 2>/dev/null
  fi
}
complete -F _wkctl wkctl
