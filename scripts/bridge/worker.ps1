# The worker: one request a line, one answer a line, over streams that nobody else writes protocol lines to.

function Open-HvStream {
    # Raw stdin and stdout as UTF-8 without a byte-order mark. What the bootstrap has opened is used again: it may
    # have read further than its script.
    [CmdletBinding()]
    param()

    if ($null -eq (Get-Variable -Name HvReader -Scope Global -ValueOnly -ErrorAction SilentlyContinue)) {
        $utf8 = New-Object -TypeName System.Text.UTF8Encoding -ArgumentList $false
        $global:HvReader = New-Object -TypeName System.IO.StreamReader -ArgumentList @([System.Console]::OpenStandardInput(), $utf8, $false, 65536)
    }
    $plain = New-Object -TypeName System.Text.UTF8Encoding -ArgumentList $false
    $global:HvWriter = New-Object -TypeName System.IO.StreamWriter -ArgumentList @([System.Console]::OpenStandardOutput(), $plain, 65536)
}

function Write-HvLine {
    # One protocol line. Everything else that lands on stdout lacks the marker and counts as noise.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Json
    )

    $global:HvWriter.Write('#hvpool ' + $Json + "`n")
    $global:HvWriter.Flush()
}

function Write-HvReady {
    # The first line: what kind of engine this is.
    [CmdletBinding()]
    param()

    $ready = [ordered]@{
        type         = 'ready'
        engine       = $PSVersionTable.PSVersion.ToString()
        edition      = [string]$PSVersionTable.PSEdition
        languageMode = [string]$ExecutionContext.SessionState.LanguageMode
        pid          = [int]$PID
    }
    Write-HvLine -Json (ConvertTo-Json -InputObject $ready -Compress)
}

function ConvertFrom-HvJson {
    # A request. PowerShell 7 would make dates of texts that look like some; Windows PowerShell has no such option.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Json
    )

    if ($null -eq $global:HvJsonOptions) {
        $global:HvJsonOptions = @{}
        if ((Get-Command -Name ConvertFrom-Json).Parameters.ContainsKey('DateKind')) {
            $global:HvJsonOptions['DateKind'] = 'String'
        }
    }
    $options = $global:HvJsonOptions
    return ConvertFrom-Json -InputObject $Json @options
}

function Invoke-HvCall {
    # Runs the function of a call. Arguments are bound by name as the data that they are. One that is missing is an
    # error of the engine's own; one that is unknown would be too, were it not for names that are cut short.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [AllowEmptyString()]
        [string]$Name,

        [AllowNull()]
        [object]$Arguments
    )

    $command = $null
    if ($Name -cmatch '^([a-z][A-Za-z]*)\.([a-z][A-Za-z]*)$') {
        $words = foreach ($word in @($Matches[1], $Matches[2])) {
            $word.Substring(0, 1).ToUpperInvariant() + $word.Substring(1)
        }
        $command = Get-Command -Name ('Invoke-Hv' + (@($words) -join '')) -CommandType Function -ErrorAction SilentlyContinue
    }
    if ($null -eq $command) {
        throw (New-HvError -Message "The bridge has no call named `"$Name`"." -Id 'CommandNotFoundException' -Category ObjectNotFound -Target $Name)
    }
    $bound = @{}
    if ($null -ne $Arguments) {
        foreach ($argument in @($Arguments.PSObject.Properties)) {
            $known = @($command.Parameters.Values | Where-Object -FilterScript { $_.Name -eq $argument.Name -or $_.Aliases -contains $argument.Name })
            if ($known.Count -ne 1) {
                throw (New-HvError -Message "$Name takes no argument named `"$($argument.Name)`"." -Id 'NamedParameterNotFound,Invoke-HvCall' -Category InvalidArgument -Target $argument.Name)
            }
            if ($null -ne $argument.Value) {
                $bound[$known[0].Name] = $argument.Value
            }
        }
    }
    & $command @bound
}

function Invoke-HvRequest {
    # One request line to one answer as JSON, whatever happens.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)]
        [string]$Line
    )

    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $id = [long]0
    if ($Line -match '^\{"id":(\d{1,15})[,}]') {
        $id = [long]$Matches[1]
    }
    try {
        $request = ConvertFrom-HvJson -Json $Line
        $value = Invoke-HvCall -Name ([string]$request.call) -Arguments (Get-HvValue -InputObject $request -Name 'args')
        return ConvertTo-Json -InputObject ([ordered]@{ id = $id; ok = $true; value = $value; ms = $watch.ElapsedMilliseconds }) -Compress -Depth 10
    }
    catch {
        $record = ConvertTo-HvErrorValue -Record $_
        return ConvertTo-Json -InputObject ([ordered]@{ id = $id; ok = $false; error = $record; ms = $watch.ElapsedMilliseconds }) -Compress -Depth 10
    }
}

function Start-HvWorker {
    # Answers until stdin ends.
    [CmdletBinding()]
    param()

    Open-HvStream
    Write-HvReady
    while ($null -ne ($line = $global:HvReader.ReadLine())) {
        if ($line -ne '') {
            Write-HvLine -Json (Invoke-HvRequest -Line $line)
        }
    }
}
