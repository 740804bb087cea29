# Calls about one VM: read it, change its power state, its settings, remove it. Making one is in create.ps1.

function Invoke-HvVmInspect {
    # vm.inspect
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId
    )

    $vm = Get-HvVm -VmId $VmId
    $disks = @(Hyper-V\Get-VMHardDiskDrive -VM $vm | Where-Object -FilterScript { [string]$_.Path -ne '' })
    $drives = @(Hyper-V\Get-VMDvdDrive -VM $vm | Where-Object -FilterScript { [string]$_.Path -ne '' })
    $nics = @(Hyper-V\Get-VMNetworkAdapter -VM $vm)
    $checkpoints = @(Hyper-V\Get-VMSnapshot -VM $vm)
    $processor = Hyper-V\Get-VMProcessor -VM $vm
    $security = Hyper-V\Get-VMSecurity -VM $vm
    $partitions = @()
    if (Test-HvCommand -Name 'Get-VMGpuPartitionAdapter') {
        $partitions = @(Hyper-V\Get-VMGpuPartitionAdapter -VM $vm)
    }
    $power = ConvertTo-HvPower -State ([string]$vm.State)
    $uptime = [long]0
    $load = [int]0
    if ($power -ne 'off' -and $power -ne 'saved') {
        $uptime = [long]$vm.Uptime.TotalMilliseconds
        $load = [int]$vm.CPUUsage
    }
    $media = $null
    if ($drives.Count -gt 0) {
        $media = [string]$drives[0].Path
    }
    $adapters = @($nics | ForEach-Object -Process { ConvertTo-HvAdapter -Adapter $_ })
    $firstSwitch = $null
    if ($adapters.Count -gt 0) {
        $firstSwitch = $adapters[0]['switchName']
    }
    $addresses = @($nics | ForEach-Object -Process { $_.IPAddresses } | Where-Object -FilterScript { $null -ne $_ } | ForEach-Object -Process { [string]$_ })
    $statuses = @([string]$vm.PrimaryOperationalStatus, [string](Get-HvValue -InputObject $vm -Name 'SecondaryOperationalStatus'))

    return [ordered]@{
        id          = ConvertTo-HvId -Id $vm.Id
        name        = [string]$vm.Name
        power       = $power
        notes       = [string]$vm.Notes
        directory   = [string]$vm.Path
        uptimeMs    = $uptime
        memoryMb    = [long]($vm.MemoryStartup / 1048576)
        heartbeat   = ConvertTo-HvHeartbeat -Status $vm.Heartbeat
        cpuPercent  = $load
        disks       = @($disks | ForEach-Object -Process { [string]$_.Path })
        media       = $media
        switchName  = $firstSwitch
        addresses   = $addresses
        adapters    = $adapters
        checkpoints = @($checkpoints | ForEach-Object -Process { [ordered]@{ id = ConvertTo-HvId -Id $_.Id; name = [string]$_.Name } })
        merging     = ($statuses -contains 'MergingDisks')
        processors  = [int]$vm.ProcessorCount
        stopAction  = [string]$vm.AutomaticStopAction
        tpm         = [bool]$security.TpmEnabled
        nested      = [bool]$processor.ExposeVirtualizationExtensions
        gpus        = [int]$partitions.Count
    }
}

function ConvertTo-HvAdapter {
    # A network adapter for vm.inspect. An adapter that is not connected has no switch, or one that is gone.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object]$Adapter
    )

    $switchId = $null
    $switchName = $null
    if ($null -ne $Adapter.SwitchId -and [string]$Adapter.SwitchId -ne '' -and [string]$Adapter.SwitchId -ne '00000000-0000-0000-0000-000000000000') {
        $switchId = ConvertTo-HvId -Id $Adapter.SwitchId
    }
    if ([string]$Adapter.SwitchName -ne '') {
        $switchName = [string]$Adapter.SwitchName
    }
    return [ordered]@{
        name       = [string]$Adapter.Name
        mac        = [string]$Adapter.MacAddress
        switchId   = $switchId
        switchName = $switchName
    }
}

function Invoke-HvVmStart {
    # vm.start. A running VM gives a warning only.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId
    )

    $vm = Get-HvVm -VmId $VmId
    [void](Hyper-V\Start-VM -VM $vm -Confirm:$false)
    return Get-HvPower -VmId $VmId
}

function Invoke-HvVmSave {
    # vm.save. Whether Save-VM takes a saved VM is not known: it is not asked to.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId
    )

    $vm = Get-HvVm -VmId $VmId
    if ((ConvertTo-HvPower -State ([string]$vm.State)) -ne 'saved') {
        [void](Hyper-V\Save-VM -VM $vm -Confirm:$false)
    }
    return Get-HvPower -VmId $VmId
}

function Invoke-HvVmStop {
    # vm.stop. Without -Force: that would cut the power after five minutes. An off VM gives a warning only.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId
    )

    $vm = Get-HvVm -VmId $VmId
    [void](Hyper-V\Stop-VM -VM $vm -Confirm:$false)
    return Get-HvPower -VmId $VmId
}

function Invoke-HvVmTurnOff {
    # vm.turnOff. A saved VM has no power to cut: what it has saved is thrown away.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId
    )

    $vm = Get-HvVm -VmId $VmId
    if ((ConvertTo-HvPower -State ([string]$vm.State)) -eq 'saved') {
        [void](Hyper-V\Remove-VMSavedState -VM $vm -Confirm:$false)
    }
    else {
        [void](Hyper-V\Stop-VM -VM $vm -TurnOff -Force -Confirm:$false)
    }
    return Get-HvPower -VmId $VmId
}

function Invoke-HvVmPause {
    # vm.pause
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId
    )

    $vm = Get-HvVm -VmId $VmId
    if ((ConvertTo-HvPower -State ([string]$vm.State)) -ne 'paused') {
        [void](Hyper-V\Suspend-VM -VM $vm -Confirm:$false)
    }
    return Get-HvPower -VmId $VmId
}

function Invoke-HvVmResume {
    # vm.resume. Resume-VM is for paused VMs only.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId
    )

    $vm = Get-HvVm -VmId $VmId
    if ((ConvertTo-HvPower -State ([string]$vm.State)) -ne 'running') {
        [void](Hyper-V\Resume-VM -VM $vm -Confirm:$false)
    }
    return Get-HvPower -VmId $VmId
}

function Invoke-HvVmSet {
    # vm.set. Only what is given is changed.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [string]$Name,

        [string]$Notes,

        [long]$MemoryMb,

        [long]$Processors,

        [bool]$Nested,

        [string]$StopAction,

        [object]$Resolution
    )

    $vm = Get-HvVm -VmId $VmId
    $settings = @{}
    if ($PSBoundParameters.ContainsKey('Name')) {
        $settings['NewVMName'] = $Name
    }
    if ($PSBoundParameters.ContainsKey('Notes')) {
        $settings['Notes'] = $Notes
    }
    if ($PSBoundParameters.ContainsKey('MemoryMb')) {
        $settings['MemoryStartupBytes'] = [long]($MemoryMb * 1048576)
    }
    if ($PSBoundParameters.ContainsKey('Processors')) {
        $settings['ProcessorCount'] = $Processors
    }
    if ($PSBoundParameters.ContainsKey('StopAction')) {
        $settings['AutomaticStopAction'] = $StopAction
    }
    if ($settings.Count -gt 0) {
        [void](Hyper-V\Set-VM -VM $vm -Confirm:$false @settings)
    }
    if ($PSBoundParameters.ContainsKey('Nested')) {
        [void](Hyper-V\Set-VMProcessor -VM $vm -ExposeVirtualizationExtensions $Nested -Confirm:$false)
    }
    if ($PSBoundParameters.ContainsKey('Resolution')) {
        [void](Hyper-V\Set-VMVideo -VM $vm -ResolutionType Single -HorizontalResolution ([uint16]$Resolution.width) -VerticalResolution ([uint16]$Resolution.height) -Confirm:$false)
    }
    return Get-HvPower -VmId $VmId
}
