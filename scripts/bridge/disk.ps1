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
    return [ordered]@{
        path     = [string]$disk.Path
        format   = ([string]$disk.VhdFormat).ToLowerInvariant()
        type     = ([string]$disk.VhdType).ToLowerInvariant()
        sizeMb   = [long][System.Math]::Ceiling($disk.Size / 1048576)
        fileMb   = [long][System.Math]::Ceiling($disk.FileSize / 1048576)
        parent   = $parent
        readOnly = [bool]$file.IsReadOnly
        attached = [bool]$disk.Attached
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
        [string]$Path
    )

    $names = @()
    try {
        $names = @(Get-ChildItem -LiteralPath $Path -Force | Where-Object -FilterScript { $_.PSIsContainer } | ForEach-Object -Process { [string]$_.Name })
    }
    catch [System.Management.Automation.ItemNotFoundException] {
        $names = @()
    }
    return [ordered]@{ names = $names }
}

function Invoke-HvDirRemove {
    # dir.remove. Read-only files go too.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Path
    )

    Remove-HvItem -Path $Path
    return [ordered]@{}
}
