# PowerShell Direct: into a running guest by its id, with an account of the guest. These calls may hang.

function Assert-HvGuest {
    # Ends the call unless the VM runs on this host and the engine can reach guests. What PowerShell Direct itself
    # says of either is one text for many causes.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId
    )

    $vm = Get-HvVm -VmId $VmId
    if ((ConvertTo-HvPower -State ([string]$vm.State)) -ne 'running') {
        throw (New-HvError -Message "The virtual machine $VmId does not run: its state is $($vm.State)." -Id 'InvalidVMState,Invoke-Command' -Category InvalidOperation -Target $VmId)
    }
    if (-not (Get-Command -Name Invoke-Command).Parameters.ContainsKey('VMId')) {
        throw (New-HvError -Message 'This PowerShell has no PowerShell Direct.' -Id 'CommandNotFoundException' -Category ResourceUnavailable -Target $VmId)
    }
}

function ConvertTo-HvCredential {
    # An account of the guest. The password has come over stdin and stays in memory.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$User,

        [Parameter(Mandatory)]
        [string]$Password
    )

    $secret = ConvertTo-SecureString -String $Password -AsPlainText -Force
    return New-Object -TypeName System.Management.Automation.PSCredential -ArgumentList @($User, $secret)
}

function ConvertTo-HvCommandLine {
    # Arguments as one text that CommandLineToArgvW takes apart into the same arguments.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [AllowEmptyString()]
        [string[]]$Arguments
    )

    $quoted = foreach ($argument in $Arguments) {
        if ($argument -ne '' -and $argument -notmatch '[\s"]') {
            $argument
        }
        else {
            # Backslashes count double before a quotation mark, and only there.
            $escaped = $argument -replace '(\\*)"', '$1$1\"' -replace '(\\+)$', '$1$1'
            '"' + $escaped + '"'
        }
    }
    return (@($quoted) -join ' ')
}

function Invoke-HvGuestExec {
    # guest.exec. Both outputs are read as they come, up to a bound, so that a program that writes much does not block.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [guid]$VmId,

        [Parameter(Mandatory)]
        [string]$User,

        [Parameter(Mandatory)]
        [string]$Password,

        [Parameter(Mandatory)]
        [string]$Program,

        [Parameter(Mandatory)]
        [AllowEmptyCollection()]
        [AllowEmptyString()]
        [string[]]$Arguments,

        [string]$Directory = '',

        [object]$Environment,

        [string]$InputText = '',

        [Parameter(Mandatory)]
        [long]$TimeoutMs,

        [Parameter(Mandatory)]
        [int]$MaxOutput
    )

    Assert-HvGuest -VmId $VmId
    $variables = @{}
    if ($PSBoundParameters.ContainsKey('Environment')) {
        foreach ($variable in @($Environment.PSObject.Properties)) {
            $variables[$variable.Name] = [string]$variable.Value
        }
    }
    $request = @{
        Program   = $Program
        Arguments = ConvertTo-HvCommandLine -Arguments $Arguments
        Directory = $Directory
        Variables = $variables
        Text      = $InputText
        TimeoutMs = $TimeoutMs
        MaxOutput = $MaxOutput
    }
    $answer = Invoke-Command -VMId $VmId -Credential (ConvertTo-HvCredential -User $User -Password $Password) -ArgumentList $request -ScriptBlock (Get-HvGuestProgram)
    return [ordered]@{
        exitCode  = $answer['ExitCode']
        stdout    = [string]$answer['Stdout']
        stderr    = [string]$answer['Stderr']
        truncated = [bool]$answer['Truncated']
    }
}

function Get-HvGuestProgram {
    # What guest.exec runs in the guest, under the guest's own Windows PowerShell.
    [CmdletBinding()]
    param()

    return {
        param(
            [hashtable]$Request
        )

        $ErrorActionPreference = 'Stop'
        $start = New-Object -TypeName System.Diagnostics.ProcessStartInfo
        $start.FileName = $Request['Program']
        $start.Arguments = $Request['Arguments']
        $start.UseShellExecute = $false
        $start.CreateNoWindow = $true
        $start.RedirectStandardInput = $true
        $start.RedirectStandardOutput = $true
        $start.RedirectStandardError = $true
        $start.WorkingDirectory = $env:USERPROFILE
        if ($Request['Directory'] -ne '') {
            $start.WorkingDirectory = $Request['Directory']
        }
        foreach ($name in $Request['Variables'].Keys) {
            $start.EnvironmentVariables[$name] = $Request['Variables'][$name]
        }
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $process = [System.Diagnostics.Process]::Start($start)
        $written = $process.StandardInput.WriteAsync([string]$Request['Text'])
        $closed = $false
        $streams = @(
            @{ Reader = $process.StandardOutput; Text = (New-Object -TypeName System.Text.StringBuilder); Buffer = (New-Object -TypeName 'char[]' -ArgumentList 65536); Task = $null; Open = $true },
            @{ Reader = $process.StandardError; Text = (New-Object -TypeName System.Text.StringBuilder); Buffer = (New-Object -TypeName 'char[]' -ArgumentList 65536); Task = $null; Open = $true }
        )
        $truncated = $false
        $timedOut = $false
        $endedAt = [long]-1
        while ($streams[0]['Open'] -or $streams[1]['Open']) {
            if (-not $closed -and $written.IsCompleted) {
                $closed = $true
                $process.StandardInput.Close()
            }
            foreach ($stream in $streams) {
                if ($stream['Open'] -and $null -eq $stream['Task']) {
                    $stream['Task'] = $stream['Reader'].ReadAsync($stream['Buffer'], 0, 65536)
                }
            }
            $tasks = @($streams | Where-Object -FilterScript { $_['Open'] } | ForEach-Object -Process { $_['Task'] })
            [void][System.Threading.Tasks.Task]::WaitAny([System.Threading.Tasks.Task[]]$tasks, 100)
            foreach ($stream in $streams) {
                if ($stream['Open'] -and $stream['Task'].IsCompleted) {
                    $count = $stream['Task'].GetAwaiter().GetResult()
                    $stream['Task'] = $null
                    $room = [System.Math]::Min($count, $Request['MaxOutput'] - $stream['Text'].Length)
                    [void]$stream['Text'].Append($stream['Buffer'], 0, $room)
                    if ($room -lt $count) {
                        $truncated = $true
                    }
                    if ($count -eq 0) {
                        $stream['Open'] = $false
                    }
                }
            }
            if ($process.HasExited -and $endedAt -lt 0) {
                $endedAt = $clock.ElapsedMilliseconds
            }
            # What the program has started may hold its outputs open for ever.
            if ($endedAt -ge 0 -and $clock.ElapsedMilliseconds - $endedAt -gt 2000) {
                break
            }
            if ($endedAt -lt 0 -and -not $timedOut -and $clock.ElapsedMilliseconds -gt $Request['TimeoutMs']) {
                $timedOut = $true
                [void](Invoke-CimMethod -ClassName Win32_Process -MethodName Create -Arguments @{ CommandLine = "taskkill.exe /T /F /PID $($process.Id)" })
            }
        }
        if (-not $timedOut -and -not $process.WaitForExit([int][System.Math]::Min(2147483647, [System.Math]::Max(1, $Request['TimeoutMs'] - $clock.ElapsedMilliseconds)))) {
            $timedOut = $true
            $process.Kill()
        }
        $exitCode = $null
        if (-not $timedOut) {
            $exitCode = $process.ExitCode
        }
        @{ ExitCode = $exitCode; Stdout = $streams[0]['Text'].ToString(); Stderr = $streams[1]['Text'].ToString(); Truncated = $truncated }
    }
}
