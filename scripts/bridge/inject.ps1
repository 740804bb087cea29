# disk.inject: files written into a disk that nobody uses, from outside. One at a time on a host: mounting two
# children of one template at once gives Windows two disks of one identity.

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

function Write-HvFile {
    # Writes one text file below a root, UTF-8 without a byte-order mark. A link on the way could lead out of the
    # volume, onto the host: it is refused.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Root,

        [Parameter(Mandatory)]
        [string]$Path,

        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string]$Text
    )

    $parts = @($Path -split '[\\/]' | Where-Object -FilterScript { $_ -ne '' })
    $place = $Root
    for ($i = 0; $i -lt $parts.Count; $i++) {
        if ($parts[$i] -eq '..' -or $parts[$i] -eq '.') {
            throw (New-HvError -Message "`"$Path`" does not stay below the root of the volume." -Id 'InvalidParameter,Write-HvFile' -Category InvalidArgument -Target $Path)
        }
        $place = [System.IO.Path]::Combine($place, $parts[$i])
        if ($i -lt $parts.Count - 1) {
            [void][System.IO.Directory]::CreateDirectory($place)
        }
        if ([System.IO.Directory]::Exists($place) -or [System.IO.File]::Exists($place)) {
            $attributes = [System.IO.File]::GetAttributes($place)
            if (($attributes -band [System.IO.FileAttributes]::ReparsePoint) -ne 0) {
                throw (New-HvError -Message "`"$Path`" leads through a link, which may leave the volume." -Id 'InvalidData,Write-HvFile' -Category InvalidData -Target $Path)
            }
        }
    }
    [System.IO.File]::WriteAllText($place, $Text, (New-Object -TypeName System.Text.UTF8Encoding -ArgumentList $false))
}

function Invoke-HvDiskInject {
    # disk.inject
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Path,

        [Parameter(Mandatory)]
        [object[]]$Files
    )

    # <store>\<controller>\<cycle>\<disk>: the folder of the controller is two above.
    $cycle = (Split-HvPath -Path $Path)['folder']
    Clear-HvMount -Root ((Split-HvPath -Path $cycle)['folder'])
    $disk = Hyper-V\Get-VHD -Path $Path
    if ($disk.Attached) {
        throw (New-HvError -Message "`"$Path`" is in use: it cannot be changed from outside." -Id 'ObjectInUse,Mount-VHD' -Category ResourceBusy -Target $Path)
    }
    try {
        $mounted = Hyper-V\Mount-VHD -Path $Path -NoDriveLetter -Passthru -Confirm:$false
        $number = [long]$mounted.DiskNumber
        $surfaced = Get-Disk -Number $number
        # Another disk of the same identity makes Windows take the newcomer offline.
        if ($surfaced.IsOffline) {
            Set-Disk -Number $number -IsOffline $false
        }
        if ($surfaced.IsReadOnly) {
            Set-Disk -Number $number -IsReadOnly $false
        }
        $root = Find-HvWindowsVolume -DiskNumber $number
        foreach ($file in $Files) {
            Write-HvFile -Root $root -Path $file.path -Text $file.text
        }
    }
    finally {
        if ((Hyper-V\Get-VHD -Path $Path).Attached) {
            Wait-HvDetached -Path $Path
        }
    }
    return [ordered]@{ files = [int]$Files.Count }
}
