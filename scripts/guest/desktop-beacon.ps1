<#
.SYNOPSIS
    Says that the desktop of an agent image is up, whether it is locked, and its size.

.DESCRIPTION
    Runs in the session of the account that is logged on, from logon on (install-loader.ps1 -Desktop makes the task).
    Writes one line to a file that boot.ps1 publishes through key-value exchange: "unlocked 1920x1080 17".
    Windows PowerShell 5.1.
#>
[CmdletBinding()]
param(
    [string]$Root = 'C:\ProgramData\hvpool'
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

# Whether a program runs in this session: explorer is the desktop, LogonUI the lock screen.
function Test-HvSessionProcess {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string]$Name
    )
    $session = (Get-Process -Id $PID).SessionId
    foreach ($process in @(Get-Process -Name $Name -ErrorAction SilentlyContinue)) {
        if ($process.SessionId -eq $session) {
            return $true
        }
    }
    return $false
}

function Get-HvScreenSize {
    [CmdletBinding()]
    param()
    foreach ($card in @(Get-CimInstance -ClassName Win32_VideoController)) {
        if ($card.CurrentHorizontalResolution -gt 0 -and $card.CurrentVerticalResolution -gt 0) {
            return '{0}x{1}' -f $card.CurrentHorizontalResolution, $card.CurrentVerticalResolution
        }
    }
    return '0x0'
}

function Write-HvBeacon {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [int]$Beat
    )
    if (-not (Test-HvSessionProcess -Name 'explorer')) {
        return
    }
    $state = 'unlocked'
    if (Test-HvSessionProcess -Name 'LogonUI') {
        $state = 'locked'
    }
    $file = Join-Path -Path (Join-Path -Path $Root -ChildPath 'desktop') -ChildPath 'desktop.txt'
    [IO.File]::WriteAllText($file, ('{0} {1} {2}' -f $state, (Get-HvScreenSize), $Beat))
}

function Start-HvBeacon {
    [CmdletBinding()]
    param()
    $beat = 0
    while ($true) {
        $beat++
        try {
            Write-HvBeacon -Beat $beat
        } catch {
            # The loader reads the file at this moment, or the session is ending: the next round tells.
            $beat--
        }
        Start-Sleep -Seconds 2
    }
}

if ($MyInvocation.InvocationName -ne '.') {
    Start-HvBeacon
}
