# Calls about a VM's DVD drive, its network adapters and its GPU.

function Get-HvDvdDrive {
    # The VM's first DVD drive, or none.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object]$Vm
    )

    Hyper-V\Get-VMDvdDrive -VM $Vm | Select-Object -First 1
}

function Protect-HvImage {
    # An image holds a secret for seconds: SYSTEM, administrators and Hyper-V's administrators may read it, by their
    # ids. Hyper-V itself lets the VM in. Elsewhere than on Windows, files have other rights.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Path
    )

    if ([string][System.Environment]::OSVersion.Platform -ne 'Win32NT') {
        return
    }
    $acl = Get-Acl -LiteralPath $Path
    $acl.SetAccessRuleProtection($true, $false)
    foreach ($id in @('S-1-5-18', 'S-1-5-32-544', 'S-1-5-32-578')) {
        $account = New-Object -TypeName System.Security.Principal.SecurityIdentifier -ArgumentList $id
        $acl.SetAccessRule((New-Object -TypeName System.Security.AccessControl.FileSystemAccessRule -ArgumentList @($account, 'FullControl', 'Allow')))
    }
    Set-Acl -LiteralPath $Path -AclObject $acl
}

function Invoke-HvDvdSet {
    # dvd.set. The drive is read anew each time: one that was emptied meanwhile is not found by its old object.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [Parameter(Mandatory)]
        [string]$Path
    )

    $vm = Get-HvVm -VmId $VmId
    Protect-HvImage -Path $Path
    $drive = Get-HvDvdDrive -Vm $vm
    if ($null -eq $drive) {
        [void](Hyper-V\Add-VMDvdDrive -VM $vm -Path $Path -Confirm:$false)
    }
    else {
        [void](Hyper-V\Set-VMDvdDrive -VMDvdDrive $drive -Path $Path -Confirm:$false)
    }
    return [ordered]@{ path = $Path }
}

function Invoke-HvDvdEject {
    # dvd.eject
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId
    )

    foreach ($drive in @(Hyper-V\Get-VMDvdDrive -VM (Get-HvVm -VmId $VmId))) {
        if ([string]$drive.Path -ne '') {
            [void](Hyper-V\Set-VMDvdDrive -VMDvdDrive $drive -Path $null -Confirm:$false)
        }
    }
    return [ordered]@{}
}

function Invoke-HvNicReconnect {
    # nic.reconnect. Off and on again, so that the guest sees its cable pulled.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string]$SwitchName
    )

    $vm = Get-HvVm -VmId $VmId
    $vmSwitch = Get-HvSwitch -Name $SwitchName
    foreach ($adapter in @(Hyper-V\Get-VMNetworkAdapter -VM $vm)) {
        [void](Hyper-V\Disconnect-VMNetworkAdapter -VMNetworkAdapter $adapter -Confirm:$false)
        [void](Hyper-V\Connect-VMNetworkAdapter -VMNetworkAdapter $adapter -VMSwitch $vmSwitch -Confirm:$false)
    }
    return [ordered]@{
        switchId   = ConvertTo-HvId -Id $vmSwitch.Id
        switchName = [string]$vmSwitch.Name
    }
}

function Add-HvPortRule {
    # One extended port rule of one adapter. What is 'any' is left out.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object]$Adapter,

        [Parameter(Mandatory)]
        [object]$Rule
    )

    $optional = @{}
    if ($Rule.remote -ne 'any') {
        $optional['RemoteIPAddress'] = [string]$Rule.remote
    }
    if ($Rule.protocol -ne 'any') {
        $optional['Protocol'] = ([string]$Rule.protocol).ToUpperInvariant()
    }
    if ($Rule.localPort -ne 'any') {
        $optional['LocalPort'] = [string]$Rule.localPort
    }
    if ($Rule.remotePort -ne 'any') {
        $optional['RemotePort'] = [string]$Rule.remotePort
    }
    if ($Rule.stateful) {
        $optional['Stateful'] = $true
    }
    [void](Hyper-V\Add-VMNetworkAdapterExtendedAcl -VMNetworkAdapter $Adapter -Action ([string]$Rule.action) -Direction ([string]$Rule.direction) -Weight ([int]$Rule.weight) -Confirm:$false @optional)
}

function Invoke-HvNetIsolate {
    # net.isolate. The guards come first; then the old rules go, and the new ones come.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [Parameter(Mandatory)]
        [bool]$Guard,

        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [object[]]$Rules
    )

    $vm = Get-HvVm -VmId $VmId
    # On is 0 and Off is 1 in this enumeration: it is given by name.
    $state = 'Off'
    if ($Guard) {
        $state = 'On'
    }
    foreach ($adapter in @(Hyper-V\Get-VMNetworkAdapter -VM $vm)) {
        [void](Hyper-V\Set-VMNetworkAdapter -VMNetworkAdapter $adapter -DhcpGuard $state -RouterGuard $state -MacAddressSpoofing Off -Confirm:$false)
        foreach ($old in @(Hyper-V\Get-VMNetworkAdapterExtendedAcl -VMNetworkAdapter $adapter)) {
            [void](Hyper-V\Remove-VMNetworkAdapterExtendedAcl -InputObject $old -Confirm:$false)
        }
        foreach ($rule in $Rules) {
            Add-HvPortRule -Adapter $adapter -Rule $rule
        }
    }
    return [ordered]@{ rules = [int]$Rules.Count }
}

function Invoke-HvGpuAdd {
    # gpu.add. Which GPU can be said on Windows 11 and Server 2022 or newer only; elsewhere Windows chooses. The sizes
    # go with the partition, in one command: there is never one without them that a repetition would leave as it is.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [string]$Gpu,

        [long]$MinVram,

        [long]$OptimalVram,

        [long]$MaxVram,

        [long]$LowMmioMb = 1024,

        [long]$HighMmioMb = 32768
    )

    $vm = Get-HvVm -VmId $VmId
    if (@(Hyper-V\Get-VMGpuPartitionAdapter -VM $vm).Count -gt 0) {
        return [ordered]@{}
    }
    $optional = @{}
    if ($PSBoundParameters.ContainsKey('Gpu')) {
        if (Test-HvCommand -Name 'Add-VMGpuPartitionAdapter' -Parameter 'InstancePath') {
            $optional['InstancePath'] = $Gpu
        }
        else {
            throw (New-HvError -Message 'This version of Windows chooses the GPU by itself: leave its name out.' -Id 'InvalidParameter,Add-VMGpuPartitionAdapter' -Category InvalidArgument -Target $Gpu)
        }
    }
    foreach ($size in @('Min', 'Optimal', 'Max')) {
        if ($PSBoundParameters.ContainsKey("${size}Vram")) {
            $parameter = "${size}PartitionVRAM"
            if (-not (Test-HvCommand -Name 'Add-VMGpuPartitionAdapter' -Parameter $parameter)) {
                throw (New-HvError -Message "This version of Windows chooses the video memory of a partition by itself: leave $($size.ToLowerInvariant())Vram out." -Id 'InvalidParameter,Add-VMGpuPartitionAdapter' -Category InvalidArgument -Target $parameter)
            }
            $optional[$parameter] = [uint64]$PSBoundParameters["${size}Vram"]
        }
    }
    [void](Hyper-V\Set-VM -VM $vm -GuestControlledCacheTypes $true -LowMemoryMappedIoSpace ([uint32]($LowMmioMb * 1048576)) -HighMemoryMappedIoSpace ([uint64]($HighMmioMb * 1048576)) -Confirm:$false)
    [void](Hyper-V\Add-VMGpuPartitionAdapter -VM $vm -Confirm:$false @optional)
    return [ordered]@{}
}
