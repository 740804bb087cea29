<#
.SYNOPSIS
    Brings one runner online in a guest, watches it, and switches the machine off after its job.

.DESCRIPTION
    Comes with the configuration and is run by boot.ps1 as SYSTEM. Takes the configuration (and deletes it where it
    lies on a disk), prepares the runner program, a local account and its environment, starts
    bin\Runner.Listener.exe under that account with the just-in-time configuration in its environment, and says how
    it goes through key-value exchange. The protocol is in docs/guest-protocol.md. Windows PowerShell 5.1.
#>
[CmdletBinding()]
param(
    [string]$Source = '',
    [string]$Scripts = '',
    [string]$Root = 'C:\ProgramData\hvpool',
    [string]$Kvp = 'HKLM:\SOFTWARE\Microsoft\Virtual Machine\Guest',
    [string]$KvpFromHost = 'HKLM:\SOFTWARE\Microsoft\Virtual Machine\External',
    [string]$Baked = 'C:\actions-runner'
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'

$HvBeatSeconds = 2
$HvByeSeconds = 5

. (Join-Path -Path $PSScriptRoot -ChildPath 'runner-setup.ps1') -Root $Root -Scripts $Scripts -Baked $Baked

# What Runner.Listener.exe means by its exit codes, how often it is started again, and after how many seconds.
$HvExits = @{
    0 = @{ Name = 'done'; Again = 0; After = 0 }
    1 = @{ Name = 'terminated'; Again = 0; After = 0 }
    2 = @{ Name = 'retryable'; Again = 5; After = 5 }
    3 = @{ Name = 'updating'; Again = 3; After = 30 }
    4 = @{ Name = 'updating'; Again = 3; After = 30 }
    5 = @{ Name = 'session-conflict'; Again = 0; After = 0 }
    6 = @{ Name = 'refreshed'; Again = 5; After = 0 }
    7 = @{ Name = 'deprecated'; Again = 0; After = 0 }
}

function Set-HvKvp {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string]$Name,
        [Parameter(Mandatory = $true)] [AllowEmptyString()] [string]$Value
    )
    Set-ItemProperty -LiteralPath $Kvp -Name $Name -Value $Value -Type String
}

function Get-HvKvp {
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

# Counts on where the loader stopped: the host looks whether the beat moves.
function Step-HvBeat {
    [CmdletBinding()]
    param()
    $beat = 0
    [void][int]::TryParse((Get-HvKvp -Path $Kvp -Name 'hvpool.beat'), [ref]$beat)
    Set-HvKvp -Name 'hvpool.beat' -Value ([string]($beat + 1))
}

function Get-HvProperty {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [AllowNull()] [object]$From,
        [Parameter(Mandatory = $true)] [string]$Name,
        [Parameter(Mandatory = $true)] [AllowNull()] [AllowEmptyString()] [object]$Default
    )
    if ($null -eq $From) {
        return $Default
    }
    $property = $From.PSObject.Properties[$Name]
    if ($null -eq $property -or $null -eq $property.Value) {
        return $Default
    }
    return $property.Value
}

# Reads the configuration. Where it lies on a disk it is deleted: a job must not find it. A CD drive is emptied by the host.
function Receive-HvConfiguration {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string]$Folder
    )
    $file = Join-Path -Path $Folder -ChildPath 'hvpool.json'
    $text = [IO.File]::ReadAllText($file, [Text.Encoding]::UTF8)
    if ((New-Object -TypeName IO.DriveInfo -ArgumentList ([IO.Path]::GetPathRoot($file))).DriveType -ne [IO.DriveType]::CDRom) {
        [IO.File]::WriteAllText($file, (' ' * $text.Length))
        [IO.File]::Delete($file)
    }
    return ConvertFrom-Json -InputObject $text
}

# What the hook wrote, if it has the form of what it writes: the job could have written it too.
function Publish-HvJob {
    [CmdletBinding()]
    param()
    $file = Join-Path -Path (Join-Path -Path $Root -ChildPath 'job') -ChildPath 'job.txt'
    try {
        if (-not [IO.File]::Exists($file) -or (Get-Item -LiteralPath $file).Length -gt 400) {
            return
        }
        $text = [IO.File]::ReadAllText($file).Trim()
        if ($text -match '^(running|done) [A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100} [0-9]{1,19}\.[0-9]{1,5} [A-Za-z0-9_-]{1,100}$') {
            Set-HvKvp -Name 'hvpool.job' -Value $text
        }
    } catch {
        # The hook is writing it at this moment: the next beat reads it.
        return
    }
}

# Starts the runner program once and waits for its end; the answer is its exit code.
function Invoke-HvRunner {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [object]$Logon,
        [Parameter(Mandatory = $true)] [string]$Folder,
        [Parameter(Mandatory = $true)] [object]$Environment
    )
    $program = Join-Path -Path $Folder -ChildPath 'bin\Runner.Listener.exe'
    $process = $Logon.Start($program, 'run', $Folder, $Environment)
    Set-HvKvp -Name 'hvpool.phase' -Value 'running'
    $code = [long]-1
    while ($code -lt 0) {
        $code = $Logon.Wait($process, [uint32]($HvBeatSeconds * 1000))
        Step-HvBeat
        Publish-HvJob
    }
    return $code
}

# Runs the program until it is done: some of its exit codes ask for another start.
function Complete-HvRunner {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [object]$Logon,
        [Parameter(Mandatory = $true)] [string]$Folder,
        [Parameter(Mandatory = $true)] [object]$Environment
    )
    $times = @{}
    while ($true) {
        $code = Invoke-HvRunner -Logon $Logon -Folder $Folder -Environment $Environment
        $known = $HvExits[[int]([Math]::Min($code, 255))]
        if ($null -eq $known) {
            return $code
        }
        $done = [int]$times[$known.Name]
        if ($done -ge $known.Again) {
            return $code
        }
        $times[$known.Name] = $done + 1
        for ($second = 0; $second -lt $known.After; $second += $HvBeatSeconds) {
            Start-Sleep -Seconds $HvBeatSeconds
            Step-HvBeat
        }
    }
}

# Waits until the host says that it has read the end; not seen is normal.
function Wait-HvBye {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [int]$Use,
        [Parameter(Mandatory = $true)] [int]$Seconds
    )
    $until = [DateTime]::UtcNow.AddSeconds($Seconds)
    while ([DateTime]::UtcNow -lt $until) {
        if ((Get-HvKvp -Path $KvpFromHost -Name 'hvpool.bye') -eq [string]$Use) {
            return
        }
        Step-HvBeat
        Start-Sleep -Milliseconds 500
    }
}

function Start-HvRunner {
    [CmdletBinding()]
    param()
    $use = 0
    $bye = $HvByeSeconds
    $logon = $null
    try {
        $configuration = Receive-HvConfiguration -Folder $Source
        $use = [int]$configuration.use
        $bye = [int](Get-HvProperty -From $configuration -Name 'byeSeconds' -Default $HvByeSeconds)
        Set-HvKvp -Name 'hvpool.use' -Value ([string]$use)
        Set-HvKvp -Name 'hvpool.phase' -Value 'got'
        Step-HvBeat
        # Before anything that needs the network.
        Set-HvNetwork -Network (Get-HvProperty -From $configuration -Name 'network' -Default $null)
        $runner = Get-HvProperty -From $configuration -Name 'runner' -Default $null
        $administrator = [string](Get-HvProperty -From $runner -Name 'user' -Default 'standard') -eq 'admin'
        $certificates = @(Get-HvProperty -From $configuration -Name 'caCertificates' -Default @())
        $pem = ''
        if ($certificates.Count -gt 0) {
            $pem = Install-HvCertificate -Certificates $certificates
        }
        $own = Get-HvProperty -From $configuration -Name 'env' -Default $null
        $proxy = [string](Get-HvProperty -From $own -Name 'https_proxy' -Default '')
        $folder = Get-HvRunnerFolder -Pinned (Get-HvProperty -From $runner -Name 'pinned' -Default $null) -Proxy $proxy
        Set-HvKvp -Name 'hvpool.runner' -Value (Get-HvRunnerVersion -Folder $folder)
        $environment = $null
        try {
            $password = New-HvPassword
            Set-HvAccount -Password $password -Administrator $administrator
            Grant-HvFolder -Folder $folder
            $environment = Get-HvEnvironment -Configuration $configuration -CertificateFile $pem -Hooks (Install-HvHook)
            $logon = New-HvLogon -Password $password -Administrator $administrator
        } catch {
            Stop-HvSetup -Reason 'account' -Message ('Cannot prepare the account of jobs: {0}' -f $_)
        }
        $code = [long]1
        try {
            $code = Complete-HvRunner -Logon $logon -Folder $folder -Environment $environment
        } catch {
            Stop-HvSetup -Reason 'start' -Message ('Cannot run {0}: {1}' -f $folder, $_)
        }
        Publish-HvJob
        Set-HvKvp -Name 'hvpool.exit' -Value ([string][Math]::Min($code, 255))
        Set-HvKvp -Name 'hvpool.phase' -Value 'done'
    } catch {
        [IO.File]::AppendAllText((Join-Path -Path $Root -ChildPath 'runner.log'), ('{0:o} {1}{2}' -f [DateTime]::UtcNow, $_, [Environment]::NewLine))
        if ((Get-HvKvp -Path $Kvp -Name 'hvpool.error') -eq '') {
            Set-HvKvp -Name 'hvpool.error' -Value 'configuration'
        }
        Set-HvKvp -Name 'hvpool.phase' -Value 'failed'
    } finally {
        if ($null -ne $logon) {
            $logon.Dispose()
        }
    }
    Wait-HvBye -Use $use -Seconds $bye
    Stop-Computer -Force
}

# Tests read the functions without starting anything.
if ($MyInvocation.InvocationName -ne '.') {
    Start-HvRunner
}
