# A stand-in for the Hyper-V module: the commands that the bridge uses, with the parameters of the real ones, over
# machines that are kept in a file, so that several processes see the same host. Errors have the ids and categories of
# the real module. Where the state lies: HVPOOL_STAND_IN, a folder.
Set-StrictMode -Version 3.0

$DefaultSwitchId = 'c08cb7b8-9b3c-408e-8e30-5e16a3aeb444'

function Get-StandInPath {
    if ([string]$env:HVPOOL_STAND_IN -eq '') {
        throw 'Set HVPOOL_STAND_IN to the folder of the stand-in host.'
    }
    Join-Path -Path $env:HVPOOL_STAND_IN -ChildPath 'host.clixml'
}

# A new host: a Default Switch with a foreign name, and one more.
function Reset-StandIn {
    $state = @{
        Vms = @{}
        Faults = @{}
        Mounts = @{}
        ReadOnlyMounts = @{}
        Gpus = @('GPU-A')
        Switches = @(
            @{ Id = $DefaultSwitchId; Name = 'Standardswitch'; SwitchType = 'Internal'; Device = '22222222-0000-0000-0000-000000000001'; Index = 20 },
            @{ Id = '11111111-2222-3333-4444-555555555555'; Name = 'Lab [1]*'; SwitchType = 'External' }
        )
        Addresses = @(
            @{ Address = '127.0.0.1'; PrefixLength = 8; Index = 1 }, @{ Address = '10.20.30.40'; PrefixLength = 24; Index = 5 },
            @{ Address = '172.20.0.1'; PrefixLength = 20; Index = 20 }
        )
        Nats = @()
        Calls = @()
    }
    Export-Clixml -LiteralPath (Get-StandInPath) -InputObject $state -Depth 12
}

# Runs a block over the state, alone on this machine, and keeps what it has changed. A command may have a fault.
function Use-StandIn {
    # The block sees the caller's variables through this function: nothing here may have a name of theirs.
    param([string]$ForCommand, [scriptblock]$Block)
    $standInFile = Get-StandInPath
    $standInLock = $null
    for ($standInTry = 0; $null -eq $standInLock; $standInTry++) {
        try {
            $standInLock = New-Object -TypeName System.IO.FileStream -ArgumentList @("$standInFile.lock", [System.IO.FileMode]::OpenOrCreate, [System.IO.FileAccess]::ReadWrite, [System.IO.FileShare]::None)
        }
        catch {
            if ($standInTry -gt 1000) { throw }
            Start-Sleep -Milliseconds 5
        }
    }
    try {
        if (-not (Test-Path -LiteralPath $standInFile)) { Reset-StandIn }
        $standInState = Import-Clixml -LiteralPath $standInFile
        if ($ForCommand -ne '') {
            $standInState.Calls = @($standInState.Calls) + $ForCommand
            if ($standInState.Faults.ContainsKey($ForCommand)) {
                $standInFault = $standInState.Faults[$ForCommand]
                Stop-StandIn -Id $standInFault.Id -Category $standInFault.Category -Message $standInFault.Message -Command $ForCommand
            }
        }
        try {
            & $Block $standInState
        }
        finally {
            Export-Clixml -LiteralPath $standInFile -InputObject $standInState -Depth 12
        }
    }
    finally {
        $standInLock.Dispose()
    }
}

# An error record as the real module gives it.
function Stop-StandIn {
    param([string]$Id, [string]$Category, [string]$Message, [string]$Command, [object]$Target = $null)
    $area = 'Microsoft.HyperV.PowerShell.Commands'
    if ($Command -like '*-VHD') { $area = 'Microsoft.Vhd.PowerShell.Cmdlets' }
    $exception = New-Object -TypeName System.InvalidOperationException -ArgumentList $Message
    throw (New-Object -TypeName System.Management.Automation.ErrorRecord -ArgumentList @($exception, "$Id,$area.$($Command -replace '-', '')", [System.Management.Automation.ErrorCategory]$Category, $Target))
}

# Makes a command fail until it is cleared.
function Set-StandInFault {
    param([string]$Command, [string]$Id = 'OperationFailed', [string]$Category = 'NotSpecified', [string]$Message = 'A fault. (0x80004005)')
    Use-StandIn -ForCommand '' -Block { param($state) $state.Faults[$Command] = @{ Id = $Id; Category = $Category; Message = $Message } }
}

function Get-StandInState { Use-StandIn -ForCommand '' -Block { param($state) $state } }

# Changes the state as the world outside would: { param($state) ... }
function Edit-StandIn {
    param([scriptblock]$Do)
    Use-StandIn -ForCommand '' -Block $Do
}

foreach ($part in @('machines', 'checkpoints', 'devices', 'hardware', 'disks', 'switches')) {
    . (Join-Path -Path $PSScriptRoot -ChildPath "$part.ps1")
}
