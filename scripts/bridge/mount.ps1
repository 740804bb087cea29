# Disks on the host for a moment, without a drive letter. One at a time on a host: mounting two children of one
# template at once gives Windows two disks of one identity.

function Wait-HvDetached {
    # Takes a disk off the host, again and again for ten seconds: a scanner may hold it for a moment.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Path
    )

    for ($try = 0; ; $try++) {
        try {
            [void](Hyper-V\Dismount-VHD -Path $Path -Confirm:$false)
            return
        }
        catch {
            if ($try -ge 39) {
                throw
            }
            Start-Sleep -Milliseconds 250
        }
    }
}

function Clear-HvMount {
    # Dismounts what a crash has left mounted: disks that lie two folders below Root, where only cycles have theirs.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Root
    )

    foreach ($disk in @(Get-Disk)) {
        $location = [string](Get-HvValue -InputObject $disk -Name 'Location')
        if ($location.StartsWith($Root, [System.StringComparison]::OrdinalIgnoreCase) -and $location -match '\.a?vhdx?$') {
            Wait-HvDetached -Path $location
        }
    }
}

function Find-HvWindowsVolume {
    # Root of the Windows volume of a mounted disk, by its volume path: there is no drive letter. Partitions and
    # volumes turn up some time after the disk.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [long]$DiskNumber
    )

    for ($try = 0; $try -lt 60; $try++) {
        $partitions = @(Get-Partition -DiskNumber $DiskNumber -ErrorAction SilentlyContinue | Sort-Object -Property Size -Descending)
        foreach ($partition in $partitions) {
            foreach ($access in @($partition.AccessPaths | Where-Object -FilterScript { $null -ne $_ })) {
                if ([System.IO.Directory]::Exists([System.IO.Path]::Combine([string]$access, 'Windows', 'System32', 'config'))) {
                    return [string]$access
                }
            }
        }
        Start-Sleep -Milliseconds 250
    }
    throw (New-HvError -Message "No Windows volume was found on disk $DiskNumber within 15 seconds: it may be encrypted, or hold another system." -Id 'InvalidData,Find-HvWindowsVolume' -Category InvalidData -Target $DiskNumber)
}

function Mount-HvVolume {
    # Mounts a disk and answers the root of its Windows volume. Whoever calls it dismounts the disk, also when this fails.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Path,

        [switch]$ReadOnly
    )

    $mounted = Hyper-V\Mount-VHD -Path $Path -NoDriveLetter -ReadOnly:$ReadOnly -Passthru -Confirm:$false
    $number = [long]$mounted.DiskNumber
    $surfaced = Get-Disk -Number $number
    # Another disk of the same identity makes Windows take the newcomer offline.
    if ($surfaced.IsOffline) {
        Set-Disk -Number $number -IsOffline $false
    }
    if ($surfaced.IsReadOnly -and -not $ReadOnly) {
        Set-Disk -Number $number -IsReadOnly $false
    }
    return Find-HvWindowsVolume -DiskNumber $number
}
