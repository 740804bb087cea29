# Machines: their states, and the commands that change them.

function Find-Vm {
    param($State, [object]$Vm, [string]$Command)
    $id = ([string]$Vm.Id).ToLowerInvariant()
    if (-not $State.Vms.ContainsKey($id)) {
        Stop-StandIn -Id ObjectNotFound -Category ObjectNotFound -Command $Command -Target $id -Message 'Das Objekt wurde nicht gefunden.'
    }
    $State.Vms[$id]
}

function Confirm-State {
    param($Vm, [string[]]$States, [string]$Command)
    if ($States -notcontains $Vm.State) {
        Stop-StandIn -Id InvalidState -Category InvalidOperation -Command $Command -Target $Vm.Name -Message 'Der Vorgang kann im aktuellen Zustand nicht ausgefuehrt werden.'
    }
}

function ConvertTo-Machine {
    param($Vm)
    $heartbeat = $null
    $uptime = [timespan]::Zero
    if ($Vm.State -eq 'Running') {
        $heartbeat = 'OkApplicationsUnknown'
        $uptime = [timespan]::FromSeconds(5)
    }
    [pscustomobject]@{
        Id = [guid]$Vm.Id; Name = $Vm.Name; State = $Vm.State; Notes = $Vm.Notes; Path = $Vm.Path; ConfigurationLocation = $Vm.Path
        SnapshotFileLocation = $Vm.Path; MemoryStartup = [long]$Vm.Memory; ProcessorCount = [long]$Vm.Processors; Uptime = $uptime
        CPUUsage = 0; Heartbeat = $heartbeat; CheckpointType = $Vm.CheckpointType; AutomaticStopAction = $Vm.StopAction
        AutomaticStartAction = $Vm.StartAction; AutomaticCheckpointsEnabled = $Vm.AutomaticCheckpoints
        PrimaryOperationalStatus = 'Ok'; SecondaryOperationalStatus = $null; Generation = $Vm.Generation
    }
}

function Get-VM {
    [CmdletBinding(DefaultParameterSetName = 'Name')]
    param([Parameter(ParameterSetName = 'Id')][guid]$Id, [Parameter(ParameterSetName = 'Name', Position = 0)][string[]]$Name)
    Use-StandIn -ForCommand 'Get-VM' -Block {
        param($state)
        if ($Id -ne [guid]::Empty) {
            ConvertTo-Machine -Vm (Find-Vm -State $state -Vm @{ Id = $Id } -Command 'Get-VM')
        }
        else {
            foreach ($vm in @($state.Vms.Values)) {
                if ($null -eq $Name -or @($Name | Where-Object { $vm.Name -like $_ }).Count -gt 0) { ConvertTo-Machine -Vm $vm }
            }
        }
    }
}

function New-VM {
    [CmdletBinding(SupportsShouldProcess)]
    param([string]$Name, [long]$MemoryStartupBytes, [string]$VHDPath, [string]$Path, [int16]$Generation, [switch]$Force)
    Use-StandIn -ForCommand 'New-VM' -Block {
        param($state)
        if (-not (Test-Path -LiteralPath $VHDPath)) {
            Stop-StandIn -Id OperationFailed -Category NotSpecified -Command 'New-VM' -Message 'Die Datei wurde nicht gefunden. (0x80070002)'
        }
        $id = [guid]::NewGuid().ToString()
        # Written as it came in: a real host has one separator only.
        $place = "$Path\$Name"
        if ($Path -notmatch '\\' -and $Path -match '/') { $place = "$Path/$Name" }
        $files = ConvertTo-LocalPath -Path (Join-Path -Path $place -ChildPath 'Virtual Machines')
        [void][System.IO.Directory]::CreateDirectory($files)
        [System.IO.File]::WriteAllText((Join-Path -Path $files -ChildPath "$($id.ToUpper()).vmcx"), 'x')
        $state.Vms[$id] = @{
            Id = $id; Name = $Name; State = 'Off'; Notes = ''; Path = $place; Memory = $MemoryStartupBytes; Processors = 1
            CheckpointType = 'Production'; StopAction = 'Save'; StartAction = 'StartIfRunning'; AutomaticCheckpoints = $true
            Generation = $Generation; Disks = @($VHDPath); Dvd = $null; Snapshots = @(); Tpm = $false; Nested = $false
            SecureBoot = 'On'; Template = 'MicrosoftWindows'; KeyProtector = $false; Gpus = @(); Kvp = @{}; HostKvp = @{}; Typed = @()
            Width = 1024; Height = 768
            Nics = @(@{ Name = 'Network Adapter'; MacAddress = '00155D010203'; SwitchId = ''; SwitchName = ''; Guard = 'Off'; Spoofing = 'Off'; Rules = @(); Plugs = 0 })
        }
        ConvertTo-Machine -Vm $state.Vms[$id]
    }
}

function Set-VM {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [object[]]$VM, [string]$NewVMName, [string]$Notes, [switch]$StaticMemory, [long]$ProcessorCount, [long]$MemoryStartupBytes,
        [string]$CheckpointType, [string]$AutomaticStartAction, [string]$AutomaticStopAction, [bool]$AutomaticCheckpointsEnabled,
        [bool]$GuestControlledCacheTypes, [uint32]$LowMemoryMappedIoSpace, [uint64]$HighMemoryMappedIoSpace, [switch]$Passthru
    )
    $given = $PSBoundParameters
    Use-StandIn -ForCommand 'Set-VM' -Block {
        param($state)
        $one = Find-Vm -State $state -Vm $VM[0] -Command 'Set-VM'
        if ($given.ContainsKey('ProcessorCount') -or $given.ContainsKey('MemoryStartupBytes')) { Confirm-State -Vm $one -States 'Off' -Command 'Set-VM' }
        $names = @{ NewVMName = 'Name'; Notes = 'Notes'; ProcessorCount = 'Processors'; MemoryStartupBytes = 'Memory'; CheckpointType = 'CheckpointType'; AutomaticStartAction = 'StartAction'; AutomaticStopAction = 'StopAction'; AutomaticCheckpointsEnabled = 'AutomaticCheckpoints'; LowMemoryMappedIoSpace = 'LowMmio'; HighMemoryMappedIoSpace = 'HighMmio' }
        foreach ($name in $names.Keys) {
            if ($given.ContainsKey($name)) { $one[$names[$name]] = $given[$name] }
        }
    }
}

# A change of state: from some states; others give a warning, as the real commands do, or an error.
function Move-Vm {
    param([object]$VM, [string]$Command, [string[]]$From, [string]$To, [string[]]$Already)
    Use-StandIn -ForCommand $Command -Block {
        param($state)
        $one = Find-Vm -State $state -Vm $VM -Command $Command
        if ($Already -contains $one.State) {
            Write-Warning -Message 'Der virtuelle Computer befindet sich bereits im angegebenen Zustand.'
            return
        }
        Confirm-State -Vm $one -States $From -Command $Command
        $one.State = $To
    }
}

function Start-VM {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM, [switch]$AsJob, [switch]$Passthru)
    Move-Vm -VM $VM[0] -Command 'Start-VM' -From 'Off', 'Saved' -To 'Running' -Already 'Running'
}

function Stop-VM {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM, [switch]$Save, [switch]$TurnOff, [switch]$Force)
    if (-not $TurnOff -and @(Get-StandInState).Count -gt 0) {
        Use-StandIn -ForCommand 'Stop-VM' -Block {
            param($state)
            $one = Find-Vm -State $state -Vm $VM[0] -Command 'Stop-VM'
            if ($one.State -eq 'Running' -and $one.Kvp.ContainsKey('deaf')) {
                Stop-StandIn -Id InvalidOperation -Category InvalidOperation -Command 'Stop-VM' -Message 'Der Gast antwortet nicht.'
            }
        }
    }
    Move-Vm -VM $VM[0] -Command 'Stop-VM' -From 'Running', 'Paused' -To 'Off' -Already 'Off'
}

function Save-VM {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM, [switch]$AsJob, [switch]$Passthru)
    Move-Vm -VM $VM[0] -Command 'Save-VM' -From 'Running', 'Paused' -To 'Saved' -Already @()
}

function Suspend-VM {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM, [switch]$AsJob, [switch]$Passthru)
    Move-Vm -VM $VM[0] -Command 'Suspend-VM' -From 'Running' -To 'Paused' -Already @()
}

function Resume-VM {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM, [switch]$AsJob, [switch]$Passthru)
    Move-Vm -VM $VM[0] -Command 'Resume-VM' -From 'Paused' -To 'Running' -Already @()
}

function Remove-VM {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM, [switch]$Force, [switch]$AsJob)
    if (-not $Force) { throw 'Remove-VM would ask.' }
    Use-StandIn -ForCommand 'Remove-VM' -Block {
        param($state)
        $one = Find-Vm -State $state -Vm $VM[0] -Command 'Remove-VM'
        Confirm-State -Vm $one -States 'Off', 'Saved' -Command 'Remove-VM'
        $state.Vms.Remove($one.Id) # the configuration file stays, as it sometimes does
    }
}

function Remove-VMSavedState {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM, [object]$VMSnapshot)
    Use-StandIn -ForCommand 'Remove-VMSavedState' -Block {
        param($state)
        if ($null -eq $VMSnapshot) {
            $one = Find-Vm -State $state -Vm $VM[0] -Command 'Remove-VMSavedState'
            Confirm-State -Vm $one -States 'Saved' -Command 'Remove-VMSavedState'
            $one.State = 'Off'
        }
        else {
            foreach ($vm in $state.Vms.Values) {
                foreach ($snapshot in @($vm.Snapshots)) {
                    if ($snapshot.Id -eq [string]$VMSnapshot.Id) { $snapshot.State = 'Off' }
                }
            }
        }
    }
}
