# What stands in for Windows when the guest's scripts are run by guest_test.ts: the registry, accounts, sessions,
# the clock, power. Each notes what it was asked for, one line of JSON each, in $Notes. Read in by play_*.ps1.
[CmdletBinding()]
param()

Set-StrictMode -Version 3.0

function Write-Note {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string]$What,
        [Parameter(Mandatory = $true)] [AllowEmptyString()] [string]$Text
    )
    [IO.File]::AppendAllText($Notes, (ConvertTo-Json -Compress -InputObject @($What, $Text)) + "`n")
}

$Registry = @{}

function Set-ItemProperty {
    [CmdletBinding()]
    param([string]$LiteralPath, [string]$Name, [string]$Value, [string]$Type)
    if ($Registry[$Name] -ne $Value) {
        $Registry[$Name] = $Value
        if ($Name -ne 'hvpool.beat') {
            Write-Note -What $Name -Text $Value
        }
    }
}

function Get-ItemProperty {
    [CmdletBinding()]
    param([string]$LiteralPath, [string]$Name)
    if ($Registry.ContainsKey($Name)) {
        return [pscustomobject]@{ $Name = $Registry[$Name] }
    }
}

function Remove-ItemProperty {
    [CmdletBinding()]
    param([string]$LiteralPath, [string]$Name)
    $Registry.Remove($Name)
}

function Start-Sleep {
    [CmdletBinding()]
    param([int]$Seconds, [int]$Milliseconds)
    if ($Seconds -gt 0) {
        Write-Note -What 'sleep' -Text ([string]$Seconds)
    } else {
        [Threading.Thread]::Sleep(5)
    }
}

function Stop-Computer {
    [CmdletBinding()]
    param([switch]$Force)
    Write-Note -What 'off' -Text ([string]$Force)
}
