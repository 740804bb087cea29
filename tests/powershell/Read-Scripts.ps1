# Reads every script with the engine's own parser: what the grammar of tests/scripts accepts, 5.1 may not.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$root = Join-Path -Path $PSScriptRoot -ChildPath '../../scripts'
$mistakes = 0
foreach ($file in @(Get-ChildItem -LiteralPath $root -Filter '*.ps1' -Recurse)) {
    $tokens = $null
    $errors = $null
    [void][System.Management.Automation.Language.Parser]::ParseFile($file.FullName, [ref]$tokens, [ref]$errors)
    foreach ($one in @($errors)) {
        $mistakes++
        Write-Output -InputObject "$($file.FullName):$($one.Extent.StartLineNumber): $($one.Message)"
    }
}
if ($mistakes -gt 0) {
    exit 1
}
