# vm.create: a VM in its cycle's directory, complete or not at all.

function Split-HvPath {
    # Folder and last part of a Windows path, without asking whether its drive is there.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Path
    )

    if ($Path.TrimEnd('\', '/') -notmatch '^(.*)[\\/]([^\\/]+)$') {
        throw (New-HvError -Message "`"$Path`" is no path below a folder." -Id 'InvalidParameter,Split-HvPath' -Category InvalidArgument -Target $Path)
    }
    $folder = $Matches[1]
    $leaf = $Matches[2]
    # The root of a drive needs its separator.
    if ($folder -eq '' -or $folder.EndsWith(':')) {
        $folder = $folder + $Path.Substring($folder.Length, 1)
    }
    return [ordered]@{ folder = $folder; leaf = $leaf }
}

function Set-HvHardware {
    # Everything that a new VM gets beyond its disk: one place, one order. Secure boot comes before the TPM, which
    # would refuse it afterwards.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object]$Vm,

        [Parameter(Mandatory)]
        [hashtable]$Wanted
    )

    $optional = @{}
    # Clients would make a checkpoint at every start; old builds and servers do not know the parameter.
    if (Test-HvCommand -Name 'Set-VM' -Parameter 'AutomaticCheckpointsEnabled') {
        $optional['AutomaticCheckpointsEnabled'] = $false
    }
    [void](Hyper-V\Set-VM -VM $Vm -NewVMName $Wanted['Name'] -Notes $Wanted['Notes'] -StaticMemory -ProcessorCount $Wanted['Processors'] -CheckpointType Standard -AutomaticStartAction Nothing -AutomaticStopAction $Wanted['StopAction'] -Confirm:$false @optional)
    if ($Wanted['SecureBoot'] -eq 'off') {
        [void](Hyper-V\Set-VMFirmware -VM $Vm -EnableSecureBoot Off -Confirm:$false)
    }
    else {
        [void](Hyper-V\Set-VMFirmware -VM $Vm -EnableSecureBoot On -SecureBootTemplate $Wanted['SecureBoot'] -Confirm:$false)
    }
    if ($Wanted['Tpm']) {
        [void](Hyper-V\Set-VMKeyProtector -VM $Vm -NewLocalKeyProtector -Confirm:$false)
        [void](Hyper-V\Enable-VMTPM -VM $Vm -Confirm:$false)
    }
    if ($Wanted['Nested']) {
        [void](Hyper-V\Set-VMProcessor -VM $Vm -ExposeVirtualizationExtensions $true -Confirm:$false)
    }
    [void](Hyper-V\Add-VMDvdDrive -VM $Vm -Confirm:$false)
    foreach ($adapter in @(Hyper-V\Get-VMNetworkAdapter -VM $Vm)) {
        # Before it is on the switch: it never sends a frame into another VLAN.
        if ($Wanted['Vlan'] -gt 0) {
            [void](Hyper-V\Set-VMNetworkAdapterVlan -VMNetworkAdapter $adapter -Access -VlanId $Wanted['Vlan'] -Confirm:$false)
        }
        [void](Hyper-V\Connect-VMNetworkAdapter -VMNetworkAdapter $adapter -VMSwitch $Wanted['Switch'] -Confirm:$false)
    }
}

function Invoke-HvVmCreate {
    # vm.create. The VM is made under the name of its directory, so that its configuration lies there and not in a
    # folder below; then it gets its own name, which may hold what no path can. What fails is taken back.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Name,

        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string]$Notes,

        [Parameter(Mandatory)]
        [string]$Directory,

        [Parameter(Mandatory)]
        [string]$Disk,

        [Parameter(Mandatory)]
        [long]$MemoryMb,

        [Parameter(Mandatory)]
        [long]$Processors,

        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string]$SwitchName,

        [Parameter(Mandatory)]
        [string]$SecureBoot,

        [Parameter(Mandatory)]
        [bool]$Tpm,

        [Parameter(Mandatory)]
        [bool]$Nested,

        [Parameter(Mandatory)]
        [string]$StopAction,

        [int]$Vlan = 0
    )

    $vmSwitch = Get-HvSwitch -Name $SwitchName
    $place = Split-HvPath -Path $Directory
    $vm = Hyper-V\New-VM -Name $place['leaf'] -Path $place['folder'] -Generation 2 -MemoryStartupBytes ([long]($MemoryMb * 1048576)) -VHDPath $Disk -Force -Confirm:$false
    try {
        Set-HvHardware -Vm $vm -Wanted @{
            Name       = $Name
            Notes      = $Notes
            Processors = $Processors
            Switch     = $vmSwitch
            SecureBoot = $SecureBoot
            Tpm        = $Tpm
            Nested     = $Nested
            StopAction = $StopAction
            Vlan       = $Vlan
        }
        return [ordered]@{
            vmId  = ConvertTo-HvId -Id $vm.Id
            power = ConvertTo-HvPower -State ([string]$vm.State)
        }
    }
    catch {
        $cause = $_
        try {
            Remove-HvMachine -Vm $vm
        }
        catch {
            # It is found again by its directory; the answer is what went wrong first.
            $cause.Exception.Data['hvpool.note'] = "What was made could not be removed: $($_.Exception.Message)"
        }
        throw $cause
    }
}
