# Runs the tests of this folder with Pester 5, and ends with 1 when one fails.
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
if ($null -eq (Get-Module -Name Pester -ListAvailable | Where-Object -FilterScript { $_.Version.Major -eq 5 })) {
    Install-Module -Name Pester -MinimumVersion 5.5.0 -MaximumVersion 5.99.99 -Scope CurrentUser -Force -SkipPublisherCheck
}
Import-Module -Name Pester -MinimumVersion 5.5.0 -MaximumVersion 5.99.99
$configuration = New-PesterConfiguration
$configuration.Run.Path = $PSScriptRoot
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Detailed'
$result = Invoke-Pester -Configuration $configuration
if ($result.FailedCount -gt 0 -or $result.PassedCount -eq 0) {
    exit 1
}
