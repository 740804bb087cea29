# disk.inject: files written into a disk that nobody uses, from outside.

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
        $root = Mount-HvVolume -Path $Path
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
