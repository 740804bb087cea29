# Calls about checkpoints and saved states.

function Get-HvCheckpoint {
    # A VM's checkpoints with this id: one, or none.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object]$Vm,

        [Parameter(Mandatory)]
        [guid]$CheckpointId
    )

    $wanted = ConvertTo-HvId -Id $CheckpointId
    Hyper-V\Get-VMSnapshot -VM $Vm | Where-Object -FilterScript { (ConvertTo-HvId -Id $_.Id) -eq $wanted }
}

function Get-HvCheckpointOrFail {
    # As Get-HvCheckpoint, where none is an error.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object]$Vm,

        [Parameter(Mandatory)]
        [guid]$CheckpointId
    )

    $found = @(Get-HvCheckpoint -Vm $Vm -CheckpointId $CheckpointId)
    if ($found.Count -eq 0) {
        throw (New-HvError -Message "The virtual machine has no checkpoint with the id $CheckpointId." -Id 'ObjectNotFound,Get-VMSnapshot' -Category ObjectNotFound -Target $CheckpointId)
    }
    return $found[0]
}

function Invoke-HvCheckpointCreate {
    # checkpoint.create. A VM whose checkpoints would be of another type is set to Standard first.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [Parameter(Mandatory)]
        [string]$Name
    )

    $vm = Get-HvVm -VmId $VmId
    if ([string]$vm.CheckpointType -ne 'Standard') {
        [void](Hyper-V\Set-VM -VM $vm -CheckpointType Standard -Confirm:$false)
    }
    $checkpoint = Hyper-V\Checkpoint-VM -VM $vm -SnapshotName $Name -Passthru -Confirm:$false
    return [ordered]@{ checkpointId = ConvertTo-HvId -Id $checkpoint.Id }
}

function Invoke-HvCheckpointList {
    # checkpoint.list
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId
    )

    $vm = Get-HvVm -VmId $VmId
    $epoch = New-Object -TypeName System.DateTime -ArgumentList @(1970, 1, 1, 0, 0, 0, [System.DateTimeKind]::Utc)
    $checkpoints = @(
        foreach ($one in @(Hyper-V\Get-VMSnapshot -VM $vm | Sort-Object -Property CreationTime)) {
            $parentId = $null
            $parent = Get-HvValue -InputObject $one -Name 'ParentSnapshotId'
            if ($null -ne $parent -and [string]$parent -ne '') {
                $parentId = ConvertTo-HvId -Id $parent
            }
            [ordered]@{
                id         = ConvertTo-HvId -Id $one.Id
                name       = [string]$one.Name
                parentId   = $parentId
                createdAt  = [long]([datetime]$one.CreationTime).ToUniversalTime().Subtract($epoch).TotalMilliseconds
                restoresTo = ConvertTo-HvPower -State ([string]$one.State)
                automatic  = [bool](Get-HvValue -InputObject $one -Name 'IsAutomaticCheckpoint')
            }
        }
    )
    return [ordered]@{ checkpoints = $checkpoints }
}

function Invoke-HvCheckpointRestore {
    # checkpoint.restore. Of all cmdlets this one prompts by default.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [Parameter(Mandatory)]
        [guid]$CheckpointId
    )

    $checkpoint = Get-HvCheckpointOrFail -Vm (Get-HvVm -VmId $VmId) -CheckpointId $CheckpointId
    [void](Hyper-V\Restore-VMSnapshot -VMSnapshot $checkpoint -Confirm:$false)
    return Get-HvPower -VmId $VmId
}

function Invoke-HvCheckpointRemove {
    # checkpoint.remove. One that is missing is no error.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [Parameter(Mandatory)]
        [guid]$CheckpointId
    )

    foreach ($checkpoint in @(Get-HvCheckpoint -Vm (Get-HvVm -VmId $VmId) -CheckpointId $CheckpointId)) {
        [void](Hyper-V\Remove-VMSnapshot -VMSnapshot $checkpoint -Confirm:$false)
    }
    return [ordered]@{}
}

function Invoke-HvSavedStateRemove {
    # savedState.remove. Without a saved state nothing happens; a failing VM may have one that cannot be seen.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [guid]$CheckpointId
    )

    $vm = Get-HvVm -VmId $VmId
    if ($PSBoundParameters.ContainsKey('CheckpointId')) {
        $checkpoint = Get-HvCheckpointOrFail -Vm $vm -CheckpointId $CheckpointId
        if ((ConvertTo-HvPower -State ([string]$checkpoint.State)) -eq 'saved') {
            [void](Hyper-V\Remove-VMSavedState -VMSnapshot $checkpoint -Confirm:$false)
        }
    }
    else {
        $power = ConvertTo-HvPower -State ([string]$vm.State)
        if ($power -eq 'saved' -or $power -eq 'critical') {
            [void](Hyper-V\Remove-VMSavedState -VM $vm -Confirm:$false)
        }
    }
    return Get-HvPower -VmId $VmId
}
