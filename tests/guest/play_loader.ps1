# Runs boot.ps1 with stand-ins for Windows: the folders where a configuration may lie are in Drive, with semicolons, and
# are looked at after Patience polls. Addresses are what the machine has at each beat, with commas; none: its own.
# Dhcp is "silent" where nobody answers it. Changes are the polls, with commas, before which the network changed; Busy:
# what sets the clock takes for ever.
[CmdletBinding()]
param(
    [string]$Boot,
    [string]$Root,
    [string]$Drive,
    [string]$Notes,
    [int]$Patience = 0,
    [string]$Addresses = '',
    [string]$Dhcp = 'answers',
    [string]$Changes = '',
    [string]$Busy = ''
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
    $script:Looked++
    if ($script:Looked -le $Patience) {
        return @()
    }
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

function Test-HvNetworkChange {
    [CmdletBinding()]
    param()
    return $Changes.Split(',') -contains [string]$script:Looked
}

function Start-Process {
    [CmdletBinding()]
    param([string]$FilePath, [string]$ArgumentList, [string]$WindowStyle, [switch]$PassThru)
    Write-Note -What 'process' -Text "$FilePath $ArgumentList"
    if ($Changes -eq '1') {
        throw 'refused'
    }
    return [pscustomobject]@{ HasExited = $Busy -eq '' }
}

$script:Looked = 0
$script:Asked = 0
if ($Addresses -ne '') {
    function Get-HvAddress {
        [CmdletBinding()]
        param()
        $all = $Addresses.Split(',')
        $address = $all[[Math]::Min($script:Asked, $all.Length - 1)]
        $script:Asked++
        return $address
    }
}
Start-HvLoader
