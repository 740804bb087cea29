<#
.SYNOPSIS
    Puts hvpool's loader into an image: run it as administrator in the machine that becomes the template.

.DESCRIPTION
    Copies boot.ps1 from this script's folder and makes it a start-up task of SYSTEM. With -Desktop it adds the
    beacon for agent images, which runs in the session of whoever is logged on. Run again, it replaces both. With
    -Start the loader begins at once instead of at the next start. Windows PowerShell 5.1.
#>
[CmdletBinding()]
param(
    [string]$Root = 'C:\ProgramData\hvpool',
    [switch]$Desktop,
    [switch]$Start
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

$HvPowerShell = Join-Path -Path $env:SystemRoot -ChildPath 'System32\WindowsPowerShell\v1.0\powershell.exe'

function Copy-HvScript {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string]$Name
    )
    $target = Join-Path -Path $Root -ChildPath $Name
    $source = Join-Path -Path $PSScriptRoot -ChildPath $Name
    if ($source -ne $target) {
        Copy-Item -LiteralPath $source -Destination $target -Force
    }
    return $target
}

function Register-HvTask {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string]$Name,
        [Parameter(Mandatory = $true)] [string]$Script,
        [Parameter(Mandatory = $true)] [ciminstance]$Trigger,
        [Parameter(Mandatory = $true)] [ciminstance]$Principal
    )
    $line = '-NoLogo -NoProfile -NonInteractive -WindowStyle Hidden -ExecutionPolicy Bypass -File "{0}"' -f $Script
    $action = New-ScheduledTaskAction -Execute $HvPowerShell -Argument $line
    $settings = New-ScheduledTaskSettingsSet -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -ExecutionTimeLimit ([TimeSpan]::Zero) -MultipleInstances IgnoreNew -Priority 4
    [void](Register-ScheduledTask -TaskName $Name -Action $action -Trigger $Trigger -Principal $Principal -Settings $settings -Force)
}

function Install-HvLoader {
    [CmdletBinding()]
    param()
    [void](New-Item -Path $Root -ItemType Directory -Force)
    $boot = Copy-HvScript -Name 'boot.ps1'
    Register-HvTask -Name 'hvpool' -Script $boot -Trigger (New-ScheduledTaskTrigger -AtStartup) -Principal (New-ScheduledTaskPrincipal -UserId 'S-1-5-18' -LogonType ServiceAccount -RunLevel Highest)
    # A template must not remember a use.
    Remove-Item -LiteralPath (Join-Path -Path $Root -ChildPath 'used.txt') -Force -ErrorAction SilentlyContinue
    if ($Start) {
        Start-ScheduledTask -TaskName 'hvpool'
    }
}

# Whoever is logged on may write the beacon's file, and nothing else.
function Install-HvBeacon {
    [CmdletBinding()]
    param()
    $folder = Join-Path -Path $Root -ChildPath 'desktop'
    [void](New-Item -Path $folder -ItemType Directory -Force)
    $rules = Get-Acl -LiteralPath $folder
    $users = New-Object -TypeName Security.Principal.SecurityIdentifier -ArgumentList 'S-1-5-32-545'
    $rules.AddAccessRule((New-Object -TypeName Security.AccessControl.FileSystemAccessRule -ArgumentList @(
                $users, 'Modify', 'ContainerInherit, ObjectInherit', 'None', 'Allow')))
    Set-Acl -LiteralPath $folder -AclObject $rules
    $beacon = Copy-HvScript -Name 'desktop-beacon.ps1'
    Register-HvTask -Name 'hvpool-desktop' -Script $beacon -Trigger (New-ScheduledTaskTrigger -AtLogOn) -Principal (New-ScheduledTaskPrincipal -GroupId 'S-1-5-32-545')
}

Install-HvLoader
if ($Desktop) {
    Install-HvBeacon
}
