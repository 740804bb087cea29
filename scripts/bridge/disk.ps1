# Calls about virtual disks and the folders they lie in.

function Invoke-HvDiskInfo {
    # disk.info. The file is looked at first: what Get-VHD says of a missing one is not told apart from other faults.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Path
    )

    $file = Get-Item -LiteralPath $Path -Force
    $disk = Hyper-V\Get-VHD -Path $Path
    $parent = $null
    if ([string]$disk.ParentPath -ne '') {
        $parent = [string]$disk.ParentPath
    }
    # All of it is kept with the file, not with its name: neither a link nor the read-only attribute changes any.
    $identity = @([string]$disk.DiskIdentifier, [string]$file.Length, $file.LastWriteTimeUtc.ToString('o')) -join '/'
    return [ordered]@{
        path     = [string]$disk.Path
        format   = ([string]$disk.VhdFormat).ToLowerInvariant()
        type     = ([string]$disk.VhdType).ToLowerInvariant()
        sizeMb   = [long][System.Math]::Ceiling($disk.Size / 1048576)
        fileMb   = [long][System.Math]::Ceiling($disk.FileSize / 1048576)
        parent   = $parent
        readOnly = [bool]$file.IsReadOnly
        attached = [bool]$disk.Attached
        identity = $identity
    }
}

function Invoke-HvDiskProtect {
    # disk.protect
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Path
    )

    Set-ItemProperty -LiteralPath $Path -Name IsReadOnly -Value $true -Confirm:$false
    return [ordered]@{}
}

function Test-HvSameFile {
    # Whether two paths lead to one file. This engine cannot ask for a file's number: two names of files that have
    # several names, the same length and the same times are one file. A copy has a time of its own, and one name.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Path,

        [Parameter(Mandatory)]
        [string]$Other
    )

    $one = Get-Item -LiteralPath $Path -Force
    $two = Get-Item -LiteralPath $Other -Force
    if ([string]$one.FullName -eq [string]$two.FullName) {
        return $true
    }
    foreach ($item in @($one, $two)) {
        if ($item.PSIsContainer -or [string](Get-HvValue -InputObject $item -Name 'LinkType') -ne 'HardLink') {
            return $false
        }
    }
    foreach ($name in @('Length', 'CreationTimeUtc', 'LastWriteTimeUtc', 'Attributes')) {
        if ($one.$name -ne $two.$name) {
            return $false
        }
    }
    return $true
}

function Assert-HvLinked {
    # Throws unless what lies at Target is the file at Path: nothing is ever overwritten.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Path,

        [Parameter(Mandatory)]
        [string]$Target
    )

    if (-not (Test-HvSameFile -Path $Path -Other $Target)) {
        throw (New-HvError -Message "`"$Target`" exists and is not the file at `"$Path`": it is left as it is." -Id 'InvalidParameter,Invoke-HvDiskLink' -Category InvalidArgument -Target $Target)
    }
}

function Get-HvMissingFolder {
    # Folders above a path that are not there, the innermost first.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Path
    )

    $folder = [System.IO.Path]::GetDirectoryName($Path)
    while (-not [string]::IsNullOrEmpty($folder) -and -not (Test-Path -LiteralPath $folder)) {
        $folder
        $folder = [System.IO.Path]::GetDirectoryName($folder)
    }
}

function Remove-HvEmptyFolder {
    # Deletes those of the folders that nothing is in.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [string[]]$Folders
    )

    foreach ($folder in $Folders) {
        if ((Test-Path -LiteralPath $folder) -and @(Get-ChildItem -LiteralPath $folder -Force).Count -eq 0) {
            Remove-Item -LiteralPath $folder -Force -Confirm:$false
        }
    }
}

function Invoke-HvDiskLink {
    # disk.link. What cannot be linked is told by number: another volume (17), a file system without hard links
    # (1, 50), too many links already (1142); New-Item puts 1 into an error with an id of its own.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Path,

        [Parameter(Mandatory)]
        [string]$Target
    )

    if ((Get-Item -LiteralPath $Path -Force).PSIsContainer) {
        throw (New-HvError -Message "`"$Path`" is a folder, not a virtual disk." -Id 'InvalidParameter,Invoke-HvDiskLink' -Category InvalidArgument -Target $Path)
    }
    if (Test-Path -LiteralPath $Target) {
        Assert-HvLinked -Path $Path -Target $Target
        return [ordered]@{ linked = $true }
    }
    # New-Item takes -Path as it is, but before 7.6 -Value for a pattern, in which no way of escaping works for folders
    # and files alike. A question mark for each special character does; should it fit two files, New-Item refuses.
    $value = $Path
    if ($PSVersionTable.PSVersion.Major * 100 + $PSVersionTable.PSVersion.Minor -lt 706) {
        $value = $Path -replace '[\[\]`]', '?'
    }
    $missing = @(Get-HvMissingFolder -Path $Target)
    try {
        if ($missing.Count -gt 0) {
            [void](New-Item -ItemType Directory -Path $missing[0] -Force -Confirm:$false)
        }
        [void](New-Item -ItemType HardLink -Path $Target -Value $value -Confirm:$false)
    }
    catch {
        $number = Get-HvErrorNumber -Exception $_.Exception
        $isImpossible = @('0x80070001', '0x80070011', '0x80070032', '0x80070476') -contains $number -or ([string]$_.FullyQualifiedErrorId).StartsWith('NewItemInvalidOperation,')
        Remove-HvEmptyFolder -Folders $missing
        # Somebody else was faster.
        if (Test-Path -LiteralPath $Target) {
            Assert-HvLinked -Path $Path -Target $Target
            return [ordered]@{ linked = $true }
        }
        if (-not $isImpossible) {
            throw
        }
        return [ordered]@{ linked = $false }
    }
    return [ordered]@{ linked = $true }
}

function Invoke-HvDiskCreateChild {
    # disk.createChild. Size and block size come from the parent; New-VHD refuses a file that exists.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Path,

        [Parameter(Mandatory)]
        [string]$Parent
    )

    [void](New-Item -ItemType Directory -Path (Split-HvPath -Path $Path)['folder'] -Force -Confirm:$false)
    $disk = Hyper-V\New-VHD -Path $Path -ParentPath $Parent -Differencing -Confirm:$false
    return [ordered]@{ path = [string]$disk.Path }
}

function Invoke-HvDiskRemove {
    # disk.remove. Without -Force: a file that is read-only is protected, and stays.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Path
    )

    try {
        Remove-Item -LiteralPath $Path -Confirm:$false
    }
    catch [System.Management.Automation.ItemNotFoundException] {
        Write-Verbose -Message 'It is gone, which is what was asked for.'
    }
    return [ordered]@{}
}

function Invoke-HvDirList {
    # dir.list. A folder that cannot be read is an error: it may hold something.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Path,

        [Parameter()]
        [bool]$Files
    )

    $children = @()
    try {
        $children = @(Get-ChildItem -LiteralPath $Path -Force)
    }
    catch [System.Management.Automation.ItemNotFoundException] {
        $children = @()
    }
    $answer = [ordered]@{
        names = @($children | Where-Object -FilterScript { $_.PSIsContainer } | ForEach-Object -Process { [string]$_.Name })
    }
    if ($Files) {
        $answer['files'] = @($children | Where-Object -FilterScript { -not $_.PSIsContainer } | ForEach-Object -Process { [string]$_.Name })
    }
    return $answer
}

function Invoke-HvDirRemove {
    # dir.remove. Read-only files go too, a link in the store among them: -Force takes the attribute off each file that
    # it is about to delete, and puts it back where that fails, as it does for a parent that is open (sharing
    # violation). The attribute is the file's, shared by all its links: what is left of a disk elsewhere is writable
    # afterwards, and has to be protected again.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Path
    )

    try {
        Remove-HvItem -Path $Path
    }
    catch [System.IO.IOException] {
        # A crash in the middle of an injection leaves the disk mounted.
        Clear-HvMount -Root ($Path.TrimEnd('\') + '\')
        Remove-HvItem -Path $Path
    }
    return [ordered]@{}
}
