# disk.readFiles: small text files read out of a disk that no job has written to, from outside.

function Test-HvLeftMount {
    # Whether a disk on the host is what a crash has left of disk.readFiles: read-only, and without a drive letter or a
    # folder. What a person has mounted has one of these.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [long]$DiskNumber
    )

    if (-not (Get-Disk -Number $DiskNumber).IsReadOnly) {
        return $false
    }
    foreach ($partition in @(Get-Partition -DiskNumber $DiskNumber -ErrorAction SilentlyContinue)) {
        foreach ($access in @($partition.AccessPaths | Where-Object -FilterScript { $null -ne $_ })) {
            if ([string]$access -match '^[A-Za-z]:') {
                return $false
            }
        }
    }
    return $true
}

function Read-HvFile {
    # The text of a small file below a root, UTF-8; $null when there is none, or a longer one. Who made the image wrote
    # it: a link on the way could lead out of the volume, onto the host, and counts as missing.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Root,

        [Parameter(Mandatory)]
        [string]$Path
    )

    $parts = @($Path -split '[\\/]' | Where-Object -FilterScript { $_ -ne '' })
    if ($parts -contains '..' -or $parts -contains '.') {
        throw (New-HvError -Message "`"$Path`" does not stay below the root of the volume." -Id 'InvalidParameter,Read-HvFile' -Category InvalidArgument -Target $Path)
    }
    $place = $Root
    foreach ($part in $parts) {
        $place = [System.IO.Path]::Combine($place, $part)
        if (-not ([System.IO.Directory]::Exists($place) -or [System.IO.File]::Exists($place))) {
            return $null
        }
        if (([System.IO.File]::GetAttributes($place) -band [System.IO.FileAttributes]::ReparsePoint) -ne 0) {
            return $null
        }
    }
    if (-not [System.IO.File]::Exists($place)) {
        return $null
    }
    # No character is more than four bytes long.
    if ((New-Object -TypeName System.IO.FileInfo -ArgumentList $place).Length -gt 262147) {
        return $null
    }
    $text = [System.IO.File]::ReadAllText($place, (New-Object -TypeName System.Text.UTF8Encoding -ArgumentList $false))
    if ($text.Length -gt 65536) {
        return $null
    }
    return $text
}

function Invoke-HvDiskReadFiles {
    # disk.readFiles
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Path,

        [Parameter(Mandatory)]
        [string[]]$Files
    )

    # What Get-VHD says of a missing file is not told apart from other faults.
    [void](Get-Item -LiteralPath $Path -Force)
    $number = Get-HvValue -InputObject (Hyper-V\Get-VHD -Path $Path) -Name 'DiskNumber'
    if ($null -ne $number) {
        if (-not (Test-HvLeftMount -DiskNumber ([long]$number))) {
            throw (New-HvError -Message "`"$Path`" is mounted on the host: dismount it." -Id 'ObjectInUse,Mount-VHD' -Category ResourceBusy -Target $Path)
        }
        Wait-HvDetached -Path $Path
    }
    try {
        $root = Mount-HvVolume -Path $Path -ReadOnly
        $read = @(foreach ($file in $Files) {
                [ordered]@{ path = $file; text = (Read-HvFile -Root $root -Path $file) }
            })
    }
    finally {
        if ($null -ne (Get-HvValue -InputObject (Hyper-V\Get-VHD -Path $Path) -Name 'DiskNumber')) {
            Wait-HvDetached -Path $Path
        }
    }
    return [ordered]@{ files = $read }
}
