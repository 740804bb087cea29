# vm.remove: a VM, and the configuration files that carry its id. Disks stay.

function Get-HvOwnFiles {
    # Files and folders below a VM's folders whose names begin with one of the ids.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string[]]$Folders,

        [Parameter(Mandatory)]
        [string[]]$Ids
    )

    foreach ($folder in $Folders) {
        foreach ($kind in @('Virtual Machines', 'Snapshots')) {
            $place = $folder.TrimEnd('\', '/') + '\' + $kind
            if (Test-Path -LiteralPath $place -PathType Container) {
                foreach ($item in @(Get-ChildItem -LiteralPath $place -Force)) {
                    $start = ([string]$item.Name).ToLowerInvariant()
                    if ($start.Length -ge 36 -and $Ids -contains $start.Substring(0, 36)) {
                        [string]$item.FullName
                    }
                }
            }
        }
    }
}

function Remove-HvItem {
    # Deletes a file or a folder with all that is in it. What is missing is no error, also when it goes meanwhile.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Path
    )

    try {
        Remove-Item -LiteralPath $Path -Recurse -Force -Confirm:$false
    }
    catch [System.Management.Automation.ItemNotFoundException] {
        Write-Verbose -Message 'It is gone, which is what was asked for.'
    }
}

function Remove-HvMachine {
    # Removes a VM, sees that it is gone, and deletes the files that carry its id or those of its checkpoints.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [object]$Vm
    )

    $vmId = ConvertTo-HvId -Id $Vm.Id
    $ids = @($vmId)
    $ids += @(Hyper-V\Get-VMSnapshot -VM $Vm | ForEach-Object -Process { ConvertTo-HvId -Id $_.Id })
    $folders = @(@($Vm.Path, $Vm.ConfigurationLocation, $Vm.SnapshotFileLocation) | Where-Object -FilterScript { [string]$_ -ne '' } | ForEach-Object -Process { [string]$_ } | Select-Object -Unique)
    [void](Hyper-V\Remove-VM -VM $Vm -Force -Confirm:$false)

    # Hyper-V has been seen to report success while the VM stayed registered.
    for ($try = 0; $try -lt 40 -and (Test-HvVm -VmId $vmId); $try++) {
        Start-Sleep -Milliseconds 250
    }
    if (Test-HvVm -VmId $vmId) {
        throw (New-HvError -Message "Hyper-V reported the removal of $vmId, but still lists it." -Id 'ObjectInUse,Remove-VM' -Category ResourceBusy -Target $vmId)
    }
    if ($folders.Count -gt 0) {
        foreach ($path in @(Get-HvOwnFiles -Folders $folders -Ids $ids)) {
            Remove-HvItem -Path $path
        }
    }
}

function Invoke-HvVmRemove {
    # vm.remove
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId
    )

    Remove-HvMachine -Vm (Get-HvVm -VmId $VmId)
    return [ordered]@{}
}
