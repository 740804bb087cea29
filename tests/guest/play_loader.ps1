# Runs boot.ps1 with stand-ins for Windows: the folders where a configuration may lie are in Drive, with semicolons.
[CmdletBinding()]
param(
    [string]$Boot,
    [string]$Root,
    [string]$Drive,
    [string]$Notes
)

. (Join-Path -Path $PSScriptRoot -ChildPath 'stand_ins.ps1')
. $Boot -Root $Root -Kvp $Root

function Set-Date {
    [CmdletBinding()]
    param([DateTime]$Date)
    Write-Note -What 'clock' -Text $Date.ToUniversalTime().ToString('o')
}

function Protect-HvRoot {
    [CmdletBinding()]
    param()
    Write-Note -What 'protected' -Text $Root
}

function Get-HvSource {
    [CmdletBinding()]
    param()
    return $Drive.Split(';')
}

function Test-HvAddress {
    [CmdletBinding()]
    param()
    return $true
}

Start-HvLoader
