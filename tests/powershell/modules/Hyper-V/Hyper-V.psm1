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
        Gpus = @('GPU-A')
        Switches = @(
            @{ Id = $DefaultSwitchId; Name = 'Standardswitch'; SwitchType = 'Internal' },
            @{ Id = '11111111-2222-3333-4444-555555555555'; Name = 'Lab [1]*'; SwitchType = 'External' }
        )
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

# Changes the state as the world outside would: { param($state) … }
function Edit-StandIn {
    param([scriptblock]$Do)
    Use-StandIn -ForCommand '' -Block $Do
}

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
        $place = Join-Path -Path $Path -ChildPath $Name
        $files = Join-Path -Path $place -ChildPath 'Virtual Machines'
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

function Get-VMSnapshot {
    [CmdletBinding()]
    param([object]$VM)
    Use-StandIn -ForCommand 'Get-VMSnapshot' -Block {
        param($state)
        $one = Find-Vm -State $state -Vm $VM -Command 'Get-VMSnapshot'
        foreach ($snapshot in @($one.Snapshots)) {
            [pscustomobject]@{ Id = [guid]$snapshot.Id; Name = $snapshot.Name; VMId = [guid]$one.Id; State = $snapshot.State; CreationTime = $snapshot.CreationTime; ParentSnapshotId = $snapshot.Parent; IsAutomaticCheckpoint = $false }
        }
    }
}

function Checkpoint-VM {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM, [string]$SnapshotName, [switch]$Passthru, [switch]$AsJob)
    $id = [guid]::NewGuid().ToString()
    Use-StandIn -ForCommand 'Checkpoint-VM' -Block {
        param($state)
        $one = Find-Vm -State $state -Vm $VM[0] -Command 'Checkpoint-VM'
        if ($one.CheckpointType -ne 'Standard') { throw 'The bridge makes Standard checkpoints only.' }
        if (@($one.Gpus).Count -gt 0) {
            Stop-StandIn -Id OperationFailed -Category InvalidOperation -Command 'Checkpoint-VM' -Message 'Es sind GPU-Partitionen zugewiesen.'
        }
        $kept = 'Off'
        if ($one.State -ne 'Off') { $kept = 'Saved' }
        $parent = $null
        if (@($one.Snapshots).Count -gt 0) { $parent = [guid](@($one.Snapshots)[-1].Id) }
        $one.Snapshots = @($one.Snapshots) + @{ Id = $id; Name = $SnapshotName; State = $kept; CreationTime = (Get-Date); Parent = $parent; Notes = $one.Notes; Dvd = $one.Dvd }
    }
    if ($Passthru) { Get-VMSnapshot -VM $VM[0] | Where-Object { [string]$_.Id -eq $id } }
}

function Restore-VMSnapshot {
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    param([object]$VMSnapshot, [switch]$Passthru)
    Use-StandIn -ForCommand 'Restore-VMSnapshot' -Block {
        param($state)
        $one = Find-Vm -State $state -Vm @{ Id = $VMSnapshot.VMId } -Command 'Restore-VMSnapshot'
        foreach ($snapshot in @($one.Snapshots)) {
            if ($snapshot.Id -eq [string]$VMSnapshot.Id) {
                $one.State = $snapshot.State
                $one.Notes = $snapshot.Notes
                $one.Dvd = $snapshot.Dvd
            }
        }
    }
}

function Remove-VMSnapshot {
    [CmdletBinding(SupportsShouldProcess)]
    param([object]$VMSnapshot, [switch]$IncludeAllChildSnapshots)
    Use-StandIn -ForCommand 'Remove-VMSnapshot' -Block {
        param($state)
        $one = Find-Vm -State $state -Vm @{ Id = $VMSnapshot.VMId } -Command 'Remove-VMSnapshot'
        $one.Snapshots = @($one.Snapshots | Where-Object { $_.Id -ne [string]$VMSnapshot.Id })
    }
}

function Get-VMHardDiskDrive {
    [CmdletBinding()]
    param([object[]]$VM)
    Use-StandIn -ForCommand 'Get-VMHardDiskDrive' -Block {
        param($state)
        foreach ($path in @((Find-Vm -State $state -Vm $VM[0] -Command 'Get-VMHardDiskDrive').Disks)) { [pscustomobject]@{ Path = $path } }
    }
}

function Get-VMDvdDrive {
    [CmdletBinding()]
    param([object[]]$VM)
    Use-StandIn -ForCommand 'Get-VMDvdDrive' -Block {
        param($state)
        $one = Find-Vm -State $state -Vm $VM[0] -Command 'Get-VMDvdDrive'
        if ($null -ne $one.Dvd) { [pscustomobject]@{ Path = $one.Dvd; VMId = [guid]$one.Id } }
    }
}

function Add-VMDvdDrive {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM, [string]$Path, [switch]$Passthru)
    Use-StandIn -ForCommand 'Add-VMDvdDrive' -Block {
        param($state)
        (Find-Vm -State $state -Vm $VM[0] -Command 'Add-VMDvdDrive').Dvd = [string]$Path
    }
}

function Set-VMDvdDrive {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VMDvdDrive, [AllowNull()][string]$Path, [switch]$Passthru)
    Use-StandIn -ForCommand 'Set-VMDvdDrive' -Block {
        param($state)
        $one = Find-Vm -State $state -Vm @{ Id = $VMDvdDrive[0].VMId } -Command 'Set-VMDvdDrive'
        if ($Path -ne '' -and -not (Test-Path -LiteralPath $Path)) {
            Stop-StandIn -Id OperationFailed -Category NotSpecified -Command 'Set-VMDvdDrive' -Message 'Die Datei wurde nicht gefunden. (0x80070002)'
        }
        $one.Dvd = [string]$Path
    }
}

function Get-VMNetworkAdapter {
    [CmdletBinding()]
    param([object[]]$VM)
    Use-StandIn -ForCommand 'Get-VMNetworkAdapter' -Block {
        param($state)
        $one = Find-Vm -State $state -Vm $VM[0] -Command 'Get-VMNetworkAdapter'
        $addresses = @()
        if ($one.State -eq 'Running') { $addresses = @('172.20.1.10', 'fe80::1') }
        foreach ($nic in @($one.Nics)) {
            $switchId = $null
            if ($nic.SwitchId -ne '') { $switchId = [guid]$nic.SwitchId }
            [pscustomobject]@{ Name = $nic.Name; VMId = [guid]$one.Id; MacAddress = $nic.MacAddress; SwitchId = $switchId; SwitchName = $nic.SwitchName; IPAddresses = $addresses }
        }
    }
}

function Edit-Nic {
    param([object]$Adapter, [string]$Command, [scriptblock]$NicBlock)
    Use-StandIn -ForCommand $Command -Block {
        param($state)
        $one = Find-Vm -State $state -Vm @{ Id = $Adapter.VMId } -Command $Command
        foreach ($nic in @($one.Nics)) {
            if ($nic.Name -eq $Adapter.Name) { & $NicBlock $nic }
        }
    }
}

function Connect-VMNetworkAdapter {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VMNetworkAdapter, [object]$VMSwitch)
    Edit-Nic -Adapter $VMNetworkAdapter[0] -Command 'Connect-VMNetworkAdapter' -NicBlock { param($nic) $nic.SwitchId = [string]$VMSwitch.Id; $nic.SwitchName = $VMSwitch.Name; $nic.Plugs = $nic.Plugs + 1 }
}

function Disconnect-VMNetworkAdapter {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VMNetworkAdapter)
    Edit-Nic -Adapter $VMNetworkAdapter[0] -Command 'Disconnect-VMNetworkAdapter' -NicBlock { param($nic) $nic.SwitchId = ''; $nic.SwitchName = '' }
}

function Set-VMNetworkAdapter {
    [CmdletBinding(SupportsShouldProcess)]
    param([object]$VMNetworkAdapter, [ValidateSet('On', 'Off')][string]$DhcpGuard, [ValidateSet('On', 'Off')][string]$RouterGuard, [ValidateSet('On', 'Off')][string]$MacAddressSpoofing)
    Edit-Nic -Adapter $VMNetworkAdapter -Command 'Set-VMNetworkAdapter' -NicBlock { param($nic) $nic.Guard = $DhcpGuard; $nic.Spoofing = $MacAddressSpoofing }
}

function Get-VMNetworkAdapterExtendedAcl {
    [CmdletBinding()]
    param([object[]]$VMNetworkAdapter)
    Edit-Nic -Adapter $VMNetworkAdapter[0] -Command 'Get-VMNetworkAdapterExtendedAcl' -NicBlock {
        param($nic)
        foreach ($rule in @($nic.Rules)) { [pscustomobject]@{ VMId = $VMNetworkAdapter[0].VMId; Nic = $nic.Name; Direction = $rule.Direction; Weight = $rule.Weight } }
    }
}

function Remove-VMNetworkAdapterExtendedAcl {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$InputObject)
    Edit-Nic -Adapter @{ VMId = $InputObject[0].VMId; Name = $InputObject[0].Nic } -Command 'Remove-VMNetworkAdapterExtendedAcl' -NicBlock {
        param($nic)
        $nic.Rules = @($nic.Rules | Where-Object { $_.Direction -ne $InputObject[0].Direction -or $_.Weight -ne $InputObject[0].Weight })
    }
}

function Add-VMNetworkAdapterExtendedAcl {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [object[]]$VMNetworkAdapter, [Parameter(Mandatory)][ValidateSet('Allow', 'Deny')][string]$Action, [Parameter(Mandatory)][ValidateSet('Inbound', 'Outbound')][string]$Direction,
        [Parameter(Mandatory)][int]$Weight, [string]$RemoteIPAddress, [string]$LocalPort, [string]$RemotePort, [string]$Protocol, [bool]$Stateful
    )
    Edit-Nic -Adapter $VMNetworkAdapter[0] -Command 'Add-VMNetworkAdapterExtendedAcl' -NicBlock {
        param($nic)
        if (@($nic.Rules | Where-Object { $_.Direction -eq $Direction -and $_.Weight -eq $Weight }).Count -gt 0) {
            Stop-StandIn -Id InvalidParameter -Category InvalidArgument -Command 'Add-VMNetworkAdapterExtendedAcl' -Message 'Die Gewichtung ist schon vergeben.'
        }
        $nic.Rules = @($nic.Rules) + @{ Action = $Action; Direction = $Direction; Weight = $Weight; Remote = $RemoteIPAddress; Protocol = $Protocol; LocalPort = $LocalPort; RemotePort = $RemotePort; Stateful = $Stateful }
    }
}

function Get-VMProcessor {
    [CmdletBinding()]
    param([object[]]$VM)
    Use-StandIn -ForCommand 'Get-VMProcessor' -Block { param($state) [pscustomobject]@{ ExposeVirtualizationExtensions = (Find-Vm -State $state -Vm $VM[0] -Command 'Get-VMProcessor').Nested } }
}

function Set-VMProcessor {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM, [bool]$ExposeVirtualizationExtensions)
    Use-StandIn -ForCommand 'Set-VMProcessor' -Block { param($state) (Find-Vm -State $state -Vm $VM[0] -Command 'Set-VMProcessor').Nested = $ExposeVirtualizationExtensions }
}

function Get-VMSecurity {
    [CmdletBinding()]
    param([object[]]$VM)
    Use-StandIn -ForCommand 'Get-VMSecurity' -Block { param($state) [pscustomobject]@{ TpmEnabled = (Find-Vm -State $state -Vm $VM[0] -Command 'Get-VMSecurity').Tpm } }
}

function Set-VMFirmware {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM, [ValidateSet('On', 'Off')][string]$EnableSecureBoot, [string]$SecureBootTemplate)
    Use-StandIn -ForCommand 'Set-VMFirmware' -Block {
        param($state)
        $one = Find-Vm -State $state -Vm $VM[0] -Command 'Set-VMFirmware'
        if ($one.Tpm) { Stop-StandIn -Id OperationFailed -Category NotSpecified -Command 'Set-VMFirmware' -Message 'Die Vorlage steht fest.' }
        $one.SecureBoot = $EnableSecureBoot
        if ($SecureBootTemplate -ne '') { $one.Template = $SecureBootTemplate }
    }
}

function Set-VMKeyProtector {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM, [switch]$NewLocalKeyProtector)
    Use-StandIn -ForCommand 'Set-VMKeyProtector' -Block { param($state) (Find-Vm -State $state -Vm $VM[0] -Command 'Set-VMKeyProtector').KeyProtector = $true }
}

function Enable-VMTPM {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM)
    Use-StandIn -ForCommand 'Enable-VMTPM' -Block {
        param($state)
        $one = Find-Vm -State $state -Vm $VM[0] -Command 'Enable-VMTPM'
        if (-not $one.KeyProtector) { Stop-StandIn -Id OperationFailed -Category NotSpecified -Command 'Enable-VMTPM' -Message 'Es fehlt eine Schluesselschutzvorrichtung.' }
        $one.Tpm = $true
    }
}

function Set-VMVideo {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM, [ValidateSet('Maximum', 'Single', 'Default')][string]$ResolutionType, [uint16]$HorizontalResolution, [uint16]$VerticalResolution)
    Use-StandIn -ForCommand 'Set-VMVideo' -Block {
        param($state)
        $one = Find-Vm -State $state -Vm $VM[0] -Command 'Set-VMVideo'
        Confirm-State -Vm $one -States 'Off' -Command 'Set-VMVideo'
        $one.Width = [int]$HorizontalResolution
        $one.Height = [int]$VerticalResolution
    }
}

function Get-VMSwitch {
    [CmdletBinding()]
    param([string]$Name)
    Use-StandIn -ForCommand 'Get-VMSwitch' -Block { param($state) foreach ($one in @($state.Switches)) { [pscustomobject]@{ Id = [guid]$one.Id; Name = $one.Name; SwitchType = $one.SwitchType } } }
}

function Get-VMHostPartitionableGpu {
    [CmdletBinding()]
    param([string]$Name)
    Use-StandIn -ForCommand 'Get-VMHostPartitionableGpu' -Block { param($state) foreach ($one in @($state.Gpus)) { [pscustomobject]@{ Name = $one; PartitionCount = [uint16]32 } } }
}

function Get-VMGpuPartitionAdapter {
    [CmdletBinding()]
    param([object[]]$VM)
    Use-StandIn -ForCommand 'Get-VMGpuPartitionAdapter' -Block { param($state) foreach ($one in @((Find-Vm -State $state -Vm $VM[0] -Command 'Get-VMGpuPartitionAdapter').Gpus)) { [pscustomobject]@{ InstancePath = $one } } }
}

function Add-VMGpuPartitionAdapter {
    [CmdletBinding(SupportsShouldProcess)]
    param([object[]]$VM, [string]$InstancePath)
    Use-StandIn -ForCommand 'Add-VMGpuPartitionAdapter' -Block {
        param($state)
        $one = Find-Vm -State $state -Vm $VM[0] -Command 'Add-VMGpuPartitionAdapter'
        Confirm-State -Vm $one -States 'Off' -Command 'Add-VMGpuPartitionAdapter'
        $one.Gpus = @($one.Gpus) + [string]$InstancePath
    }
}

# A virtual disk of the stand-in is a small file: its parent's path is its first line.
function Get-VHD {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string[]]$Path)
    Use-StandIn -ForCommand 'Get-VHD' -Block {
        param($state)
        $parent = [string](Get-Content -LiteralPath $Path[0] -TotalCount 1)
        $type = 'Dynamic'
        if ($parent -ne '') { $type = 'Differencing' }
        $number = $null
        if ($state.Mounts.ContainsKey($Path[0])) { $number = [uint32]$state.Mounts[$Path[0]] }
        $isUsed = @($state.Vms.Values | Where-Object { @($_.Disks) -contains $Path[0] -and $_.State -eq 'Running' }).Count -gt 0
        [pscustomobject]@{ Path = $Path[0]; VhdFormat = 'VHDX'; VhdType = $type; Size = [uint64]137438953472; FileSize = [uint64]4194304; ParentPath = $parent; Attached = ($null -ne $number -or $isUsed); DiskNumber = $number }
    }
}

function New-VHD {
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory)][string[]]$Path, [string]$ParentPath, [switch]$Differencing)
    Use-StandIn -ForCommand 'New-VHD' -Block {
        param($state)
        if (Test-Path -LiteralPath $Path[0]) { Stop-StandIn -Id OperationFailed -Category NotSpecified -Command 'New-VHD' -Message 'Die Datei ist vorhanden. (0x80070050)' }
        if (-not (Test-Path -LiteralPath $ParentPath)) { Stop-StandIn -Id InvalidParameter -Category InvalidArgument -Command 'New-VHD' -Message 'Der uebergeordnete Datentraeger fehlt.' }
        [System.IO.File]::WriteAllText($Path[0], $ParentPath + "`n")
        [pscustomobject]@{ Path = $Path[0] }
    }
}

# The volume of a mounted disk is the folder beside it.
function Mount-VHD {
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory)][string[]]$Path, [switch]$NoDriveLetter, [switch]$ReadOnly, [switch]$Passthru)
    Use-StandIn -ForCommand 'Mount-VHD' -Block {
        param($state)
        if (-not $NoDriveLetter) { throw 'Without -NoDriveLetter, letters run out.' }
        if ($state.Mounts.ContainsKey($Path[0])) { Stop-StandIn -Id ObjectInUse -Category ResourceBusy -Command 'Mount-VHD' -Message 'Der Datentraeger wird verwendet.' }
        $state.Mounts[$Path[0]] = 7 + $state.Mounts.Count
        if ($Passthru) { [pscustomobject]@{ Path = $Path[0]; DiskNumber = [uint32]$state.Mounts[$Path[0]] } }
    }
}

function Dismount-VHD {
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory)][string[]]$Path)
    Use-StandIn -ForCommand 'Dismount-VHD' -Block { param($state) $state.Mounts.Remove($Path[0]) }
}

Export-ModuleMember -Function *-VM, *-VM[A-Z]*, *-VHD, *-StandIn*
