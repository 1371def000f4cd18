/** The hidden command that the scripts ask. */
export const COMPLETE = '__complete';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

/** What a shell runs at its start: it asks the command that is typed what may come next, and offers files where that is nothing. */
export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# heatproof completion bash >> ~/.bashrc
_heatproof() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" ${COMPLETE} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o bashdefault -o default -F _heatproof heatproof
`,
  zsh: `#compdef heatproof
# heatproof completion zsh >> ~/.zshrc, after compinit
_heatproof() {
  local -a found
  found=(\${(f)"$("\${words[1]}" ${COMPLETE} "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( \${#found} )); then compadd -a found; else _files; fi
}
compdef _heatproof heatproof
`,
  fish: `# heatproof completion fish > ~/.config/fish/completions/heatproof.fish
function __heatproof_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    $program ${COMPLETE} $words "$current" 2>/dev/null
end
complete -c heatproof -a '(__heatproof_complete)'
`,
};
