# Runs boot.ps1 with stand-ins for Windows: the folders where a configuration may lie are in Drive, with semicolons;
# Dhcp is "silent" where nobody answers it.
[CmdletBinding()]
param(
    [string]$Boot,
    [string]$Root,
    [string]$Drive,
    [string]$Dhcp = 'answers',
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
    return $Dhcp -ne 'silent'
}

function Update-HvAddress {
    [CmdletBinding()]
    param()
    Write-Note -What 'renewal' -Text ''
}

Start-HvLoader
