# What PowerShell Direct runs in the guest, under the guest's own Windows PowerShell: script blocks without a word of
# this side's, so that they can also be run here.

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
        $endedAt = [long]-1
        while ($streams[0]['Open'] -or $streams[1]['Open']) {
            if (-not $closed -and $written.IsCompleted) {
                $closed = $true
                try {
                    $process.StandardInput.Close()
                }
                catch [System.IO.IOException] {
                    $closed = $true # the program has not read all of its input, as it may
                }
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
            if ($clock.ElapsedMilliseconds -gt $Request['TimeoutMs']) {
                break
            }
        }
        # A program may close its outputs and go on.
        $left = [System.Math]::Max(1, $Request['TimeoutMs'] - $clock.ElapsedMilliseconds)
        $exitCode = $null
        if ($process.WaitForExit([int]$left)) {
            $exitCode = $process.ExitCode
        }
        else {
            # With all that it has started; should that not be possible, at least the program itself.
            try {
                Start-Process -FilePath 'taskkill.exe' -ArgumentList @('/T', '/F', '/PID', [string]$process.Id) -WindowStyle Hidden -Wait
            }
            catch {
                $exitCode = $null
            }
            Stop-Process -Id $process.Id -Force -ErrorAction SilentlyContinue
        }
        @{ ExitCode = $exitCode; Stdout = $streams[0]['Text'].ToString(); Stderr = $streams[1]['Text'].ToString(); Truncated = $truncated }
    }
}

function Get-HvGuestWriter {
    # What guest.copyIn runs in the guest: a piece at its place, and the file ends after it.
    [CmdletBinding()]
    param()

    return {
        param(
            [hashtable]$Request
        )

        $ErrorActionPreference = 'Stop'
        $path = [string]$Request['Path']
        $offset = [long]$Request['Offset']
        $bytes = [System.Convert]::FromBase64String([string]$Request['Data'])
        $mode = [System.IO.FileMode]::Open
        if ($offset -eq 0) {
            [void][System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($path))
            $mode = [System.IO.FileMode]::OpenOrCreate
        }
        $file = New-Object -TypeName System.IO.FileStream -ArgumentList @($path, $mode, [System.IO.FileAccess]::Write)
        try {
            if ($file.Length -lt $offset) {
                throw "The file has $($file.Length) bytes: a piece at $offset would leave a hole."
            }
            [void]$file.Seek($offset, [System.IO.SeekOrigin]::Begin)
            $file.Write($bytes, 0, $bytes.Length)
            $file.SetLength($offset + $bytes.Length)
            $file.Length
        }
        finally {
            $file.Dispose()
        }
    }
}

function Get-HvGuestReader {
    # What guest.copyOut runs in the guest: a piece, and the size of the whole.
    [CmdletBinding()]
    param()

    return {
        param(
            [hashtable]$Request
        )

        $ErrorActionPreference = 'Stop'
        $file = New-Object -TypeName System.IO.FileStream -ArgumentList @([string]$Request['Path'], [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, [System.IO.FileShare]::ReadWrite)
        try {
            $size = $file.Length
            $count = [System.Math]::Max(0, [System.Math]::Min([long]$Request['MaxBytes'], $size - [long]$Request['Offset']))
            $bytes = New-Object -TypeName 'byte[]' -ArgumentList $count
            $read = 0
            if ($count -gt 0) {
                [void]$file.Seek([long]$Request['Offset'], [System.IO.SeekOrigin]::Begin)
                do {
                    $more = $file.Read($bytes, $read, $count - $read)
                    $read = $read + $more
                } while ($more -gt 0 -and $read -lt $count)
            }
            @{ Data = [System.Convert]::ToBase64String($bytes, 0, $read); Size = $size }
        }
        finally {
            $file.Dispose()
        }
    }
}

function Get-HvGuestClock {
    # What guest.syncTime runs in the guest: the time in ticks of UTC goes in, how far behind the clock was comes out.
    [CmdletBinding()]
    param()

    return {
        param(
            [long]$Ticks
        )

        $ErrorActionPreference = 'Stop'
        $now = New-Object -TypeName System.DateTime -ArgumentList @($Ticks, [System.DateTimeKind]::Utc)
        $behind = $now.Subtract([System.DateTime]::UtcNow).TotalMilliseconds
        [void](Set-Date -Date $now.ToLocalTime())
        $behind
    }
}
