# PowerShell completion for wkctl: dot-source it from $PROFILE.
Register-ArgumentCompleter -Native -CommandName wkctl -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
    if ($wordToComplete -eq '') {
        # Before 7.3 an empty argument does not reach a program.
        if ($PSVersionTable.PSVersion -lt [version]'7.3') { $words += '""' } else { $words += '' }
    }
    $what = 0
    $found = @(wkctl __complete -- @words 2>$null | ForEach-Object {
        if ($_ -match '^:(\d+)$') {
            $what = [int]$Matches[1]
            return
        }
        $name, $help = $_ -split "`t", 2
        if (-not $help) { $help = $name }
        if ($name -like "$wordToComplete*") {
            [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $help)
        }
    })
    # With no answer at all PowerShell offers files, which is right where one is wanted.
    if ($found.Count -eq 0 -and ($what -band 4)) { '' } else { $found }
}
