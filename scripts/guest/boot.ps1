<#
.SYNOPSIS
    hvpool's loader, the one part of it that lives in an image.

.DESCRIPTION
    Runs as SYSTEM from start-up on. Says through key-value exchange that the guest waits, finds its configuration
    (hvpool.json on a CD drive, or in the inbox folder), sets the clock, renews DHCP unless it was given an address,
    and runs the script that came with the configuration. With each beat it tells address and time of the machine. All else is in that script, so that a new hvpool needs no new image.
    The protocol is in docs/guest-protocol.md. Windows PowerShell 5.1.
#>
[CmdletBinding()]
param(
    [string]$Root = 'C:\ProgramData\hvpool',
    [string]$Kvp = 'HKLM:\SOFTWARE\Microsoft\Virtual Machine\Guest'
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'

$HvProtocol = 1
$HvPollMs = 500
$HvPollsPerBeat = 4
$HvJumpSeconds = 30
$HvClockSeconds = 3
$HvNetwork = 'hvpool.network'
$HvSync = $null

function Set-HvKvp {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string]$Name,
        [Parameter(Mandatory = $true)] [AllowEmptyString()] [string]$Value
    )
    if (-not (Test-Path -LiteralPath $Kvp)) {
        [void](New-Item -Path $Kvp -Force)
    }
    Set-ItemProperty -LiteralPath $Kvp -Name $Name -Value $Value -Type String
}

function Remove-HvKvp {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string]$Name
    )
    Remove-ItemProperty -LiteralPath $Kvp -Name $Name -ErrorAction SilentlyContinue
}

function Get-HvUsed {
    [CmdletBinding()]
    param()
    $path = Join-Path -Path $Root -ChildPath 'used.txt'
    if (-not (Test-Path -LiteralPath $path)) {
        return 0
    }
    $used = 0
    [void][int]::TryParse([IO.File]::ReadAllText($path).Trim(), [ref]$used)
    return $used
}

function Set-HvUsed {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [int]$Use
    )
    [IO.File]::WriteAllText((Join-Path -Path $Root -ChildPath 'used.txt'), [string]$Use)
}

# Only the system and administrators may write here: what lies in the inbox is run as SYSTEM.
function Protect-HvRoot {
    [CmdletBinding()]
    param()
    [void](New-Item -Path (Join-Path -Path $Root -ChildPath 'inbox') -ItemType Directory -Force)
    $rules = New-Object -TypeName Security.AccessControl.DirectorySecurity
    $rules.SetAccessRuleProtection($true, $false)
    foreach ($row in @(@('S-1-5-18', 'FullControl'), @('S-1-5-32-544', 'FullControl'), @('S-1-5-32-545', 'ReadAndExecute'))) {
        $who = New-Object -TypeName Security.Principal.SecurityIdentifier -ArgumentList $row[0]
        $rules.AddAccessRule((New-Object -TypeName Security.AccessControl.FileSystemAccessRule -ArgumentList @(
                    $who, $row[1], 'ContainerInherit, ObjectInherit', 'None', 'Allow')))
    }
    Set-Acl -LiteralPath $Root -AclObject $rules
}

# Folders that may hold a configuration: CD drives, then the inbox.
function Get-HvSource {
    [CmdletBinding()]
    param()
    $folders = @()
    foreach ($drive in [IO.DriveInfo]::GetDrives()) {
        if ($drive.DriveType -eq [IO.DriveType]::CDRom -and $drive.IsReady) {
            $folders += $drive.RootDirectory.FullName
        }
    }
    $folders += (Join-Path -Path $Root -ChildPath 'inbox')
    return $folders
}

# The first configuration that was not had before: its folder, use and time, and whether it has an address. Anything malformed is as if absent.
function Find-HvConfiguration {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [int]$Used
    )
    foreach ($folder in @(Get-HvSource)) {
        try {
            $file = Join-Path -Path $folder -ChildPath 'hvpool.json'
            if (-not [IO.File]::Exists($file)) {
                continue
            }
            $read = ConvertFrom-Json -InputObject ([IO.File]::ReadAllText($file, [Text.Encoding]::UTF8))
            if ([int]$read.protocol -ne $HvProtocol) {
                Set-HvKvp -Name 'hvpool.error' -Value 'protocol'
                continue
            }
            if ([int]$read.use -le $Used) {
                continue
            }
            $now = $read.now
            if ($now -isnot [DateTime]) {
                $now = [DateTime]::Parse([string]$now, [Globalization.CultureInfo]::InvariantCulture, [Globalization.DateTimeStyles]::RoundtripKind)
            }
            # A drive is written when it is set in; what lies in the inbox may have been written long before the start.
            $fresh = $folder -ne (Join-Path -Path $Root -ChildPath 'inbox')
            $network = $read.PSObject.Properties['network']
            $addressed = $null -ne $network -and $null -ne $network.Value -and $null -ne $network.Value.PSObject.Properties['address']
            return [pscustomobject]@{ Folder = $folder; Use = [int]$read.use; Now = $now.ToUniversalTime(); Fresh = $fresh; Addressed = $addressed }
        } catch {
            # A drive that is just being set in, or a file that is still being written: the next look tells.
            Set-HvKvp -Name 'hvpool.error' -Value 'configuration'
        }
    }
}

function Set-HvClock {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [DateTime]$Now,
        [Parameter(Mandatory = $true)] [bool]$Fresh
    )
    # The clock is not set back to the time of a configuration that was written before the machine was made.
    $behind = ($Now - [DateTime]::UtcNow).TotalSeconds
    if ($behind -gt $HvClockSeconds -or ($Fresh -and $behind -lt -$HvClockSeconds)) {
        [void](Set-Date -Date ($Now.ToLocalTime()))
    }
}

# From now on Windows' changes of addresses are noted. After a resume the host reconnects the network, and that shows:
# the clock goes on from when it was saved as if nothing had been, until somebody sets it.
function Watch-HvNetwork {
    [CmdletBinding()]
    param()
    try {
        [void](Register-ObjectEvent -InputObject ([Net.NetworkInformation.NetworkChange]) -EventName 'NetworkAddressChanged' -SourceIdentifier $HvNetwork)
    } catch {
        # Without it Hyper-V's own time service is left to set the clock.
        return
    }
}

# Whether an address changed since this was asked last.
function Test-HvNetworkChange {
    [CmdletBinding()]
    param()
    if (@(Get-Event -SourceIdentifier $HvNetwork -ErrorAction SilentlyContinue).Count -eq 0) {
        return $false
    }
    Remove-Event -SourceIdentifier $HvNetwork -ErrorAction SilentlyContinue
    return $true
}

# Windows Time is asked to take the host's time, which needs no network. Nobody waits for it; one at a time.
function Sync-HvClock {
    [CmdletBinding()]
    param()
    try {
        if ($null -ne $script:HvSync -and -not $script:HvSync.HasExited) {
            return
        }
        $line = '/d /c "net start w32time & w32tm /resync /nowait"'
        $script:HvSync = Start-Process -FilePath "$env:SystemRoot\System32\cmd.exe" -ArgumentList $line -WindowStyle Hidden -PassThru
    } catch {
        # The time that is told with each beat shows the host that it came to nothing.
        return
    }
}

# Asks for an address anew: after a resume the network may be another one.
function Update-HvAddress {
    [CmdletBinding()]
    param()
    try {
        foreach ($adapter in @(Get-CimInstance -ClassName Win32_NetworkAdapterConfiguration -Filter 'DHCPEnabled = TRUE AND IPEnabled = TRUE')) {
            [void](Invoke-CimMethod -InputObject $adapter -MethodName RenewDHCPLease)
        }
    } catch {
        # Without an address the runner says so itself; the loader has to go on.
        Set-HvKvp -Name 'hvpool.error' -Value 'network'
    }
}

function Test-HvAddress {
    [CmdletBinding()]
    param()
    foreach ($card in [Net.NetworkInformation.NetworkInterface]::GetAllNetworkInterfaces()) {
        if ($card.OperationalStatus -ne [Net.NetworkInformation.OperationalStatus]::Up) {
            continue
        }
        foreach ($gateway in $card.GetIPProperties().GatewayAddresses) {
            if ($gateway.Address.AddressFamily -eq [Net.Sockets.AddressFamily]::InterNetwork) {
                return $true
            }
        }
    }
    return $false
}

# The first IPv4 address at which the machine can be reached, of a card with a gateway where there is one; else nothing.
function Get-HvAddress {
    [CmdletBinding()]
    param()
    $found = ''
    try {
        foreach ($card in [Net.NetworkInformation.NetworkInterface]::GetAllNetworkInterfaces()) {
            if ($card.OperationalStatus -ne [Net.NetworkInformation.OperationalStatus]::Up) {
                continue
            }
            $properties = $card.GetIPProperties()
            foreach ($entry in $properties.UnicastAddresses) {
                $text = $entry.Address.ToString()
                if ($entry.Address.AddressFamily -ne [Net.Sockets.AddressFamily]::InterNetwork -or $text -match '^(127|169\.254)\.') {
                    continue
                }
                if ($properties.GatewayAddresses.Count -gt 0) {
                    return $text
                }
                if ($found -eq '') {
                    $found = $text
                }
            }
        }
    } catch {
        # A card that is being taken away or set up at this moment: the next beat tells.
        return ''
    }
    return $found
}

# What desktop-beacon.ps1 says of the session of the person who is logged on; it may not write to the registry itself.
function Publish-HvDesktop {
    [CmdletBinding()]
    param()
    $file = Join-Path -Path (Join-Path -Path $Root -ChildPath 'desktop') -ChildPath 'desktop.txt'
    try {
        if (-not [IO.File]::Exists($file) -or (Get-Item -LiteralPath $file).Length -gt 64) {
            return
        }
        $text = [IO.File]::ReadAllText($file).Trim()
        if ($text -match '^(locked|unlocked) [0-9]{1,5}x[0-9]{1,5} [0-9]{1,10}$') {
            Set-HvKvp -Name 'hvpool.desktop' -Value $text
        }
    } catch {
        # The beacon is writing it at this moment: the next beat reads it.
        return
    }
}

# Copies what came with the configuration, so that the drive may be taken away, and runs the script in it.
function Invoke-HvConfiguration {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [pscustomobject]$Found
    )
    $folder = Join-Path -Path $Root -ChildPath ('use-{0}' -f $Found.Use)
    [void](New-Item -Path $folder -ItemType Directory -Force)
    foreach ($file in [IO.Directory]::GetFiles($Found.Folder)) {
        $name = [IO.Path]::GetFileName($file)
        if ($name -ne 'hvpool.json') {
            [IO.File]::Copy($file, (Join-Path -Path $folder -ChildPath $name), $true)
        }
    }
    Set-HvUsed -Use $Found.Use
    $script = Join-Path -Path $folder -ChildPath 'configure-runner.ps1'
    [void](& $script -Source $Found.Folder -Scripts $folder -Root $Root -Kvp $Kvp)
}

function Stop-HvMachine {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string]$Reason
    )
    Set-HvKvp -Name 'hvpool.error' -Value $Reason
    Set-HvKvp -Name 'hvpool.phase' -Value 'failed'
    # Long enough for the host to read it.
    Start-Sleep -Seconds 5
    Stop-Computer -Force
}

function Start-HvLoader {
    [CmdletBinding()]
    param()
    foreach ($name in @('hvpool.exit', 'hvpool.job', 'hvpool.error', 'hvpool.runner', 'hvpool.desktop', 'hvpool.address', 'hvpool.time')) {
        Remove-HvKvp -Name $name
    }
    $beat = 1
    $used = Get-HvUsed
    Set-HvKvp -Name 'hvpool.loader' -Value ([string]$HvProtocol)
    Set-HvKvp -Name 'hvpool.use' -Value ([string]$used)
    Set-HvKvp -Name 'hvpool.beat' -Value ([string]$beat)
    Set-HvKvp -Name 'hvpool.phase' -Value 'starting'
    Protect-HvRoot
    if ($used -gt 0) {
        # A machine that was used and started again has lost its job: it goes off, and the host makes another.
        Stop-HvMachine -Reason 'restarted'
        return
    }
    if (-not (Test-HvAddress)) {
        Update-HvAddress
    }
    Watch-HvNetwork
    Set-HvKvp -Name 'hvpool.phase' -Value 'waiting'
    $polls = 0
    $found = $null
    while ($null -eq $found) {
        $before = [DateTime]::UtcNow
        Start-Sleep -Milliseconds $HvPollMs
        $polls++
        if ($polls % $HvPollsPerBeat -eq 0) {
            # Before the beat: whoever sees that reads an address and a time that are no older.
            Set-HvKvp -Name 'hvpool.address' -Value (Get-HvAddress)
            Set-HvKvp -Name 'hvpool.time' -Value ([DateTime]::UtcNow.ToString('s') + 'Z')
            $beat++
            Set-HvKvp -Name 'hvpool.beat' -Value ([string]$beat)
            Publish-HvDesktop
        }
        if (([DateTime]::UtcNow - $before).TotalSeconds -gt $HvJumpSeconds) {
            # The clock jumped: the machine was saved and resumed.
            Update-HvAddress
        }
        if (Test-HvNetworkChange) {
            Sync-HvClock
        }
        $found = Find-HvConfiguration -Used $used
    }
    Remove-HvKvp -Name 'hvpool.error'
    try {
        Set-HvClock -Now $found.Now -Fresh $found.Fresh
        # The script sets an address that it is given: where there is one, nobody may answer DHCP.
        if (-not $found.Addressed -and -not (Test-HvAddress)) {
            Update-HvAddress
        }
        Invoke-HvConfiguration -Found $found
    } catch {
        [IO.File]::AppendAllText((Join-Path -Path $Root -ChildPath 'loader.log'), ('{0:o} {1}{2}' -f [DateTime]::UtcNow, $_, [Environment]::NewLine))
        Stop-HvMachine -Reason 'script'
    }
}

# Tests read the functions without starting anything.
if ($MyInvocation.InvocationName -ne '.') {
    Start-HvLoader
}
