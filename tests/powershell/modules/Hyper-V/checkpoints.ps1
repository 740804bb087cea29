# Checkpoints.

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
                # What was written since is dropped: the VM goes on with a new layer beside its disk.
                $folder = ([string]@($one.Disks)[0]) -replace '[\\/][^\\/]*$', ''
                $one.Disks = @('{0}\disk_{1}.avhdx' -f $folder, [guid]::NewGuid().ToString())
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
