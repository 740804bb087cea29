<#
.SYNOPSIS
    Makes a template out of the machine that it runs in, and shuts it down.

.DESCRIPTION
    hvpool copies it into a guest by PowerShell Direct, with boot.ps1, install-loader.ps1 and image-manifest.ps1
    beside it, and runs it there as an administrator. It installs the loader, puts the runner of a package in the
    place of the one that is there (without a package that one stays), removes what uses have left behind, writes
    image.json and lets Windows shut down five seconds after its own end. With -Check it only says whether Windows is
    ready. It may be cut off anywhere: run again, it starts over. What goes wrong is one line on the error output.
    Windows PowerShell 5.1.

    Exit codes: 0 done; 1 something else, which the line names; 3 Windows is still setting itself up: ask again later;
    4 the package is missing or has another checksum, and was deleted; 5 the runner does not start, or is another
    version; 6 the loader could not be installed; 7 Windows does not shut down.
#>
[CmdletBinding()]
param(
    [string]$Root = 'C:\ProgramData\hvpool',
    [string]$RunnerZip = '',
    [string]$RunnerSha256 = '',
    [string]$RunnerVersion = '',
    [string]$RunnerFolder = 'C:\actions-runner',
    [string]$SeedConfig = 'C:\runner-config.json',
    [switch]$Check
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'

$HvWarmUpSeconds = 600
$HvVersionSeconds = 120
$HvTries = 5

$HvExits = @{ Failed = 1; NotYet = 3; Package = 4; Runner = 5; Loader = 6; ShutDown = 7 }

. (Join-Path -Path $PSScriptRoot -ChildPath 'image-manifest.ps1') -Root $Root

# Ends the script with one line that says why. Not through the engine's own error stream, which wraps lines.
function Stop-HvImage {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string]$As,
        [Parameter(Mandatory = $true)] [string]$Message
    )
    $line = ($Message -replace '\s+', ' ').Trim() + [Environment]::NewLine
    $bytes = [Text.Encoding]::UTF8.GetBytes($line)
    $stream = [Console]::OpenStandardError()
    $stream.Write($bytes, 0, $bytes.Length)
    $stream.Flush()
    exit $HvExits[$As]
}

function Get-HvRegistryValue {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string]$Path,
        [Parameter(Mandatory = $true)] [string]$Name
    )
    $item = Get-ItemProperty -LiteralPath $Path -Name $Name -ErrorAction SilentlyContinue
    if ($null -eq $item) {
        return ''
    }
    return [string]$item.$Name
}

# Why Windows is not ready to be prepared, or nothing. Sources: "Windows Setup States" and KB 939857 of Microsoft.
function Get-HvSetup {
    [CmdletBinding()]
    param()
    foreach ($name in @('SystemSetupInProgress', 'OOBEInProgress', 'SetupType')) {
        $value = Get-HvRegistryValue -Path 'HKLM:\SYSTEM\Setup' -Name $name
        if ($value -ne '' -and $value -ne '0') {
            return ('{0} is {1}' -f $name, $value)
        }
    }
    $state = Get-HvRegistryValue -Path 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State' -Name 'ImageState'
    if ($state -ne '' -and $state -ne 'IMAGE_STATE_COMPLETE') {
        return $state
    }
    # There from a restart on until servicing has done what the restart was for.
    if (Test-Path -LiteralPath 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootInProgress') {
        return 'a restart for servicing is not finished'
    }
    return ''
}

# Removes a file or a folder with everything in it; missing is no error. Scanners hold files for moments.
function Remove-HvPath {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string]$Path
    )
    $named = $Path
    for ($try = 1; Test-Path -LiteralPath $Path; $try++) {
        try {
            Remove-Item -LiteralPath $named -Recurse -Force -Confirm:$false
        } catch {
            if ($try -ge $HvTries) {
                throw
            }
            # Names of more than 260 characters, such as jobs leave them, are reached by this form only.
            if ($Path -match '^[A-Za-z]:\\') {
                $named = '\\?\' + $Path
            }
            Start-Sleep -Seconds 2
        }
    }
}

# Gives a folder another name, which no folder has.
function Move-HvFolder {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string]$Path,
        [Parameter(Mandatory = $true)] [string]$Target
    )
    for ($try = 1; [IO.Directory]::Exists($Path); $try++) {
        try {
            [IO.Directory]::Move($Path, $Target)
        } catch {
            if ($try -ge $HvTries) {
                throw
            }
            Start-Sleep -Seconds 2
        }
    }
}

# Runs the runner program with one word; ended by force, its code is -1.
function Invoke-HvListener {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string]$Word,
        [Parameter(Mandatory = $true)] [int]$LimitSeconds
    )
    $start = New-Object -TypeName Diagnostics.ProcessStartInfo
    $start.FileName = Join-Path -Path $RunnerFolder -ChildPath 'bin\Runner.Listener.exe'
    $start.Arguments = $Word
    $start.WorkingDirectory = $RunnerFolder
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [Diagnostics.Process]::Start($start)
    $said = $process.StandardOutput.ReadToEndAsync()
    $complained = $process.StandardError.ReadToEndAsync()
    if (-not $process.WaitForExit($LimitSeconds * 1000)) {
        $process.Kill()
        return @{ Code = -1; Text = '' }
    }
    $text = $said.GetAwaiter().GetResult().Trim()
    if ($text -eq '') {
        $text = $complained.GetAwaiter().GetResult().Trim()
    }
    return @{ Code = $process.ExitCode; Text = $text }
}

# Puts the runner of the package in the place of the one that is there, whose registration goes with it.
function Install-HvRunner {
    [CmdletBinding()]
    param()
    if (-not [IO.File]::Exists($RunnerZip)) {
        Stop-HvImage -As 'Package' -Message ('The package of the runner is not there: {0}' -f $RunnerZip)
    }
    $sum = (Get-FileHash -LiteralPath $RunnerZip -Algorithm SHA256).Hash
    if ($sum -ne $RunnerSha256) {
        Remove-HvPath -Path $RunnerZip
        Stop-HvImage -As 'Package' -Message ('The package of the runner has the checksum {0}, not {1}.' -f $sum.ToLowerInvariant(), $RunnerSha256)
    }
    $new = '{0}.new' -f $RunnerFolder
    $old = '{0}.old' -f $RunnerFolder
    Remove-HvPath -Path $new
    Add-Type -AssemblyName System.IO.Compression.FileSystem
    [IO.Compression.ZipFile]::ExtractToDirectory($RunnerZip, $new)
    # What whoever made the image has set for all jobs; the runner's own update keeps it, too.
    $before = $RunnerFolder
    if (-not [IO.Directory]::Exists($RunnerFolder)) {
        $before = $old
    }
    foreach ($name in @('.env', '.path')) {
        $kept = Join-Path -Path $before -ChildPath $name
        if ([IO.File]::Exists($kept)) {
            [IO.File]::Copy($kept, (Join-Path -Path $new -ChildPath $name), $true)
        }
    }
    if ([IO.Directory]::Exists($RunnerFolder)) {
        Remove-HvPath -Path $old
        Move-HvFolder -Path $RunnerFolder -Target $old
    }
    Move-HvFolder -Path $new -Target $RunnerFolder
    Remove-HvPath -Path $old
}

# Lets the program load all that it needs once, and answers its version; empty where there is no runner.
function Get-HvListenerVersion {
    [CmdletBinding()]
    param()
    if (-not [IO.File]::Exists((Join-Path -Path $RunnerFolder -ChildPath 'bin\Runner.Listener.exe'))) {
        if ($RunnerVersion -ne '') {
            Stop-HvImage -As 'Runner' -Message 'The package has no bin\Runner.Listener.exe.'
        }
        return ''
    }
    foreach ($run in @(@{ Word = 'warmup'; LimitSeconds = $HvWarmUpSeconds }, @{ Word = '--version'; LimitSeconds = $HvVersionSeconds })) {
        try {
            $ended = Invoke-HvListener @run
        } catch {
            $ended = @{ Code = -1; Text = [string]$_ }
        }
        if ($ended['Code'] -ne 0) {
            Stop-HvImage -As 'Runner' -Message ('Runner.Listener.exe {0} ended with {1}: {2}' -f $run['Word'], $ended['Code'], $ended['Text'])
        }
    }
    $version = $ended['Text']
    if ($RunnerVersion -ne '' -and $version -ne $RunnerVersion) {
        Stop-HvImage -As 'Runner' -Message ('Runner.Listener.exe says that it is {0}, not {1}.' -f $version, $RunnerVersion)
    }
    if ($version -notmatch '^[0-9]{1,4}\.[0-9]{1,6}\.[0-9]{1,6}$') {
        Stop-HvImage -As 'Runner' -Message ('Runner.Listener.exe does not say its version, but {0}' -f $version)
    }
    return $version
}

# What a machine made from this disk must not find: uses, configurations, registrations, jobs.
function Clear-HvTrace {
    [CmdletBinding()]
    param()
    Remove-HvPath -Path $SeedConfig
    foreach ($name in @('used.txt', 'inbox', 'job', 'hooks', 'ca.pem', 'runner.zip', 'loader.log', 'runner.log')) {
        Remove-HvPath -Path (Join-Path -Path $Root -ChildPath $name)
    }
    foreach ($folder in @(Get-ChildItem -LiteralPath $Root -Directory -Filter 'use-*')) {
        Remove-HvPath -Path $folder.FullName
    }
    if ([IO.Directory]::Exists($RunnerFolder)) {
        foreach ($name in @('_work', '_diag')) {
            Remove-HvPath -Path (Join-Path -Path $RunnerFolder -ChildPath $name)
        }
        foreach ($file in @(Get-ChildItem -LiteralPath $RunnerFolder -File -Force)) {
            if ($file.Name -match '^\.(runner|credentials)') {
                Remove-HvPath -Path $file.FullName
            }
        }
    }
    if ($RunnerZip -ne '') {
        Remove-HvPath -Path $RunnerZip
    }
    # The engine has read its scripts: their folder may go while they run.
    if ($PSScriptRoot -eq (Join-Path -Path $Root -ChildPath 'prepare')) {
        Remove-HvPath -Path $PSScriptRoot
    }
}

function Invoke-HvShutDown {
    [CmdletBinding()]
    param()
    $ended = Start-Process -FilePath 'shutdown.exe' -ArgumentList @('/s', '/t', '5') -WindowStyle Hidden -Wait -PassThru
    # 1115: it shuts down already.
    if ($ended.ExitCode -ne 0 -and $ended.ExitCode -ne 1115) {
        Stop-HvImage -As 'ShutDown' -Message ('Windows does not shut down: shutdown.exe ended with {0}.' -f $ended.ExitCode)
    }
}

# By the script beside this one, whose functions and variables stay in here.
function Install-HvBoot {
    [CmdletBinding()]
    param()
    try {
        . (Join-Path -Path $PSScriptRoot -ChildPath 'install-loader.ps1') -Root $Root
    } catch {
        Stop-HvImage -As 'Loader' -Message ('The loader could not be installed: {0}' -f $_)
    }
}

function Start-HvImage {
    [CmdletBinding()]
    param()
    $setup = Get-HvSetup
    if ($setup -ne '') {
        Stop-HvImage -As 'NotYet' -Message ('Windows is still setting itself up: {0}.' -f $setup)
    }
    if ($Check) {
        return
    }
    Install-HvBoot
    if ($RunnerZip -ne '') {
        Install-HvRunner
    }
    $version = Get-HvListenerVersion
    Clear-HvTrace
    Save-HvManifest -Version $version
    Invoke-HvShutDown
}

# Tests read the functions without starting anything.
if ($MyInvocation.InvocationName -ne '.') {
    try {
        Start-HvImage
    } catch {
        Stop-HvImage -As 'Failed' -Message ([string]$_)
    }
    exit 0
}
