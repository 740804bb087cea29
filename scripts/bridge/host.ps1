# Calls about the engine and the host as a whole.

function Invoke-HvBridgePing {
    # bridge.ping
    [CmdletBinding()]
    param(
        [string]$Echo = ''
    )

    return [ordered]@{
        echo         = $Echo
        engine       = $PSVersionTable.PSVersion.ToString()
        edition      = [string]$PSVersionTable.PSEdition
        languageMode = [string]$ExecutionContext.SessionState.LanguageMode
        pid          = [int]$PID
        hyperv       = [bool](Test-HvCommand -Name 'Get-VM')
    }
}

function Get-HvBootId {
    # What tells one boot of the host from another. The start of process 4 never moves; LastBootUpTime follows every
    # correction of the clock, and is taken only where the former is not told. A worker never outlives a boot.
    [CmdletBinding()]
    param()

    if ($null -eq $global:HvBootId) {
        $system = Get-CimInstance -ClassName Win32_Process -Filter 'ProcessId = 4' -OperationTimeoutSec 25
        $started = Get-HvValue -InputObject $system -Name 'CreationDate'
        if ($null -eq $started) {
            $windows = Get-CimInstance -ClassName Win32_OperatingSystem -OperationTimeoutSec 25
            $started = $windows.LastBootUpTime
        }
        $global:HvBootId = ([datetime]$started).ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss.fffZ', [System.Globalization.CultureInfo]::InvariantCulture)
    }
    return $global:HvBootId
}

function Get-HvRights {
    # Who we are to Hyper-V. Groups are known by their ids, since their names are localized.
    [CmdletBinding()]
    param()

    if ([string][System.Environment]::OSVersion.Platform -ne 'Win32NT') {
        return 'none'
    }
    $identity = [System.Security.Principal.WindowsIdentity]::GetCurrent()
    $principal = New-Object -TypeName System.Security.Principal.WindowsPrincipal -ArgumentList $identity
    if ($principal.IsInRole([System.Security.Principal.WindowsBuiltInRole]::Administrator)) {
        return 'administrator'
    }
    if ($principal.IsInRole((New-Object -TypeName System.Security.Principal.SecurityIdentifier -ArgumentList 'S-1-5-32-578'))) {
        return 'hyperv-administrator'
    }
    return 'none'
}

function Get-HvSwitchList {
    # The host's switches, the Default Switch marked.
    [CmdletBinding()]
    param()

    foreach ($vmSwitch in @(Hyper-V\Get-VMSwitch)) {
        $id = ConvertTo-HvId -Id $vmSwitch.Id
        [ordered]@{
            id        = $id
            name      = [string]$vmSwitch.Name
            isDefault = ($id -eq 'c08cb7b8-9b3c-408e-8e30-5e16a3aeb444')
            type      = ([string]$vmSwitch.SwitchType).ToLowerInvariant()
        }
    }
}

function Get-HvGpuList {
    # GPUs that can be partitioned. The command has another name before Windows 11 and Server 2022.
    [CmdletBinding()]
    param()

    $found = @()
    if (Test-HvCommand -Name 'Get-VMHostPartitionableGpu') {
        $found = @(Hyper-V\Get-VMHostPartitionableGpu)
    }
    elseif (Test-HvCommand -Name 'Get-VMPartitionableGpu') {
        $found = @(Hyper-V\Get-VMPartitionableGpu)
    }
    foreach ($gpu in $found) {
        $row = [ordered]@{
            name       = [string]$gpu.Name
            partitions = [int]$gpu.PartitionCount
        }
        $total = Get-HvValue -InputObject $gpu -Name 'TotalVRAM'
        if ($null -ne $total) {
            $row['vram'] = [ordered]@{
                total     = [uint64]$total
                available = [uint64](Get-HvValue -InputObject $gpu -Name 'AvailableVRAM')
                min       = [uint64](Get-HvValue -InputObject $gpu -Name 'MinPartitionVRAM')
                max       = [uint64](Get-HvValue -InputObject $gpu -Name 'MaxPartitionVRAM')
            }
        }
        $row
    }
}

function Invoke-HvHostInfo {
    # host.info. Without the service there are no switches to ask for; that is an answer, not an error.
    [CmdletBinding()]
    param()

    $windows = Get-CimInstance -ClassName Win32_OperatingSystem -OperationTimeoutSec 25
    $computer = Get-CimInstance -ClassName Win32_ComputerSystem -OperationTimeoutSec 25
    $volumes = @(
        foreach ($volume in @(Get-CimInstance -ClassName Win32_Volume -Filter 'DriveType = 3' -OperationTimeoutSec 25)) {
            # Volumes without a letter or a folder, such as Recovery, hold nothing of ours.
            if ($null -ne $volume.Capacity -and -not ([string]$volume.Name).StartsWith('\\?\')) {
                [ordered]@{
                    root   = [string]$volume.Name
                    sizeMb = [long][System.Math]::Floor($volume.Capacity / 1048576)
                    freeMb = [long][System.Math]::Floor($volume.FreeSpace / 1048576)
                }
            }
        }
    )
    $service = 'missing'
    foreach ($found in @(Get-CimInstance -ClassName Win32_Service -Filter "Name = 'vmms'" -OperationTimeoutSec 25)) {
        $service = 'stopped'
        if ([string]$found.State -eq 'Running') {
            $service = 'running'
        }
    }
    $switches = @()
    $gpus = @()
    if ($service -eq 'running') {
        $switches = @(Get-HvSwitchList)
        $gpus = @(Get-HvGpuList)
    }
    $product = 'server'
    if ([int]$windows.ProductType -eq 1) {
        $product = 'client'
    }
    return [ordered]@{
        bootId       = Get-HvBootId
        machine      = [string]$computer.Name
        osBuild      = [string]$windows.Version
        product      = $product
        memoryMb     = [long][System.Math]::Floor($computer.TotalPhysicalMemory / 1048576)
        freeMemoryMb = [long][System.Math]::Floor($windows.FreePhysicalMemory / 1024)
        processors   = [int]$computer.NumberOfLogicalProcessors
        volumes      = $volumes
        hypervisor   = [bool]$computer.HypervisorPresent
        service      = $service
        rights       = Get-HvRights
        switches     = $switches
        gpu          = [ordered]@{
            partitioning = [bool](Test-HvCommand -Name 'Add-VMGpuPartitionAdapter')
            choose       = [bool](Test-HvCommand -Name 'Add-VMGpuPartitionAdapter' -Parameter 'InstancePath')
            gpus         = $gpus
        }
    }
}

function Invoke-HvServiceInfo {
    # service.info. The call list lets only letters, digits, dots and dashes into a name: nothing ends the filter early.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Name
    )

    $state = 'missing'
    $path = ''
    $start = $null
    foreach ($found in @(Get-CimInstance -ClassName Win32_Service -Filter "Name = '$Name'" -OperationTimeoutSec 25)) {
        $state = 'running'
        if ([string]$found.State -eq 'Stopped') {
            $state = 'stopped'
        }
        $path = [string](Get-HvValue -InputObject $found -Name 'PathName')
        $start = switch ([string](Get-HvValue -InputObject $found -Name 'StartMode')) {
            'Disabled' { 'disabled' }
            'Manual' { 'manual' }
            default { 'automatic' }
        }
    }
    $processes = @(
        foreach ($process in @(Get-CimInstance -ClassName Win32_Process -Filter "Name = '$Name.exe'" -OperationTimeoutSec 25)) {
            [int]$process.ProcessId
        }
    )
    return [ordered]@{
        state     = $state
        path      = $path
        start     = $start
        processes = $processes
    }
}
