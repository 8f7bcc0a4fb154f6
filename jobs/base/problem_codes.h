/* Every code that a person can meet in an ACK, a NACK, a results file or `checkoutctl check`, with
 * what is wrong and what to do about it. Codes are stable: append, never rename.
 *
 *   PROBLEM(symbol, code, Spanish cause, Spanish mend, English cause, English mend)
 *
 * {value} is what was read, {column} the file's own name of the column, {detail} what the code adds
 * (a limit, another line). Causes begin in lower case and have no full stop: they follow
 * `column "value": `. Written for an accountant: what, where, why, what to do; no jargon.
 */

/* One code, four sentences, each on its own line. */
/* clang-format off */

/* the file as a whole */
PROBLEM(PROBLEM_FILE_CUT, "E-FILE-CUT",
        "el archivo parece cortado: su última línea no está terminada",
        "Expórtelo de nuevo, cópielo completo y vuelva a dejarlo en la carpeta",
        "the file seems to be cut off: its last line has no end",
        "Export it again, copy all of it and drop it again")
PROBLEM(PROBLEM_FILE_EMPTY, "E-FILE-EMPTY",
        "el archivo está vacío",
        "Revise la exportación y vuelva a dejarlo en la carpeta",
        "the file is empty",
        "Check the export and drop the file again")
PROBLEM(PROBLEM_FILE_NO_HEADER, "E-FILE-NO-HEADER",
        "la primera fila no tiene nombres de columnas conocidos",
        "Ponga en la primera fila los nombres de las columnas, por lo menos order_id (o folio) y amount (o monto)",
        "the first row has no column names that are known",
        "Put the names of the columns in the first row, at least order_id and amount")
PROBLEM(PROBLEM_FILE_NO_ROWS, "E-FILE-NO-ROWS",
        "el archivo tiene la fila de títulos y ninguna otra fila",
        "Agregue una fila por cada cobro y vuelva a dejarlo en la carpeta",
        "the file has the row of column names and no other row",
        "Add one row for each order and drop the file again")
PROBLEM(PROBLEM_FILE_HEADER, "E-FILE-HEADER",
        "la fila de títulos no se puede leer; el problema está en: {detail}",
        "Corrija la primera fila (por ejemplo, una comilla doble que no se cierra) y vuelva a dejar el archivo en la carpeta",
        "the row of column names cannot be read; what is wrong is: {detail}",
        "Mend the first row (a double quote that is not closed, for example) and drop the file again")
PROBLEM(PROBLEM_FILE_HEADER_BELOW, "E-FILE-HEADER-BELOW",
        "los nombres de las columnas no están en la primera fila, sino en la línea {detail}",
        "Borre las filas de más arriba, también las ocultas, para que los nombres queden en la primera fila",
        "the names of the columns are not in the first row, but in line {detail}",
        "Delete the rows above it, hidden ones too, so that the names are in the first row")
PROBLEM(PROBLEM_FILE_LOST, "E-FILE-LOST",
        "la copia del archivo que se estaba leyendo se perdió o se dañó; no se envió nada de él",
        "Vuelva a dejar el archivo en la carpeta y avise a quien administra el servidor",
        "the copy of the file that was being read was lost or damaged; nothing of it was sent",
        "Drop the file again, and tell whoever runs the server")
PROBLEM(PROBLEM_FILE_SIZE, "E-FILE-SIZE",
        "el archivo es demasiado grande; se aceptan hasta {detail}",
        "Divídalo en varios archivos",
        "the file is too large; at most {detail} is accepted",
        "Split it into several files")
PROBLEM(PROBLEM_FILE_WORKBOOK, "E-FILE-WORKBOOK",
        "el archivo es una planilla de Excel o LibreOffice (o una página web guardada como planilla) y no un CSV, se llame como se llame",
        "1) Ábralo y elija Archivo, Guardar como. 2) Elija el tipo «CSV UTF-8 (delimitado por comas)», guárdelo y deje ese archivo en la carpeta",
        "the file is a workbook of Excel or LibreOffice (or a web page saved as one) and no CSV, whatever its name says",
        "1) Open it and choose File, Save As. 2) Choose the type \"CSV UTF-8 (comma delimited)\", save it and drop that file")
PROBLEM(PROBLEM_FILE_ARCHIVE, "E-FILE-ARCHIVE",
        "el archivo está comprimido (zip, gz o 7z)",
        "Descomprímalo y deje en la carpeta el CSV que contiene",
        "the file is compressed (zip, gz or 7z)",
        "Unpack it and drop the CSV that is in it")
PROBLEM(PROBLEM_FILE_BINARY, "E-FILE-BINARY",
        "el archivo no es de texto",
        "Guárdelo como CSV y vuelva a dejarlo en la carpeta",
        "the file is not a text file",
        "Save it as CSV and drop it again")
PROBLEM(PROBLEM_FILE_COLUMN_MISSING, "E-FILE-COLUMN-MISSING",
        "falta la columna {detail}",
        "Escriba ese nombre en la primera fila (por order_id también se leen folio, factura, orden y pedido; por amount, monto, importe, total y valor), o pida que se configure el suyo (column.1)",
        "the column {detail} is missing",
        "Write that name in the first row (order, invoice and reference are read for order_id too), or ask for yours in the settings (column.1)")
PROBLEM(PROBLEM_FILE_COLUMN_TWICE, "E-FILE-COLUMN-TWICE",
        "dos columnas dicen lo mismo: «{column}» y «{detail}»",
        "Deje solo una, o póngale a la otra un nombre distinto",
        "two columns mean the same: \"{column}\" and \"{detail}\"",
        "Keep only one, or give the other one a different name")
PROBLEM(PROBLEM_FILE_COLUMNS, "E-FILE-COLUMNS",
        "el archivo tiene demasiadas columnas; se aceptan hasta {detail}",
        "Borre las columnas que sobran; suelen ser celdas vacías a la derecha de los datos",
        "the file has too many columns; at most {detail} are accepted",
        "Delete those that are not needed; often they are empty cells to the right of the data")
PROBLEM(PROBLEM_FILE_NAME, "E-FILE-NAME",
        "el nombre del archivo no termina en .csv",
        "Guárdelo como CSV, con un nombre que termine en .csv, y vuelva a dejarlo en la carpeta",
        "the name of the file does not end in .csv",
        "Save it as CSV under a name that ends in .csv and drop it again")
PROBLEM(PROBLEM_FILE_OWNER, "E-FILE-OWNER",
        "los lotes de esta carpeta los aprueba una segunda persona, y el archivo es de una cuenta del sistema: no se sabe quién lo dejó",
        "Déjelo de nuevo con su propia cuenta",
        "batches of this folder are approved by a second person, and the file belongs to an account of the system: it cannot be told who dropped it",
        "Drop it again under an account of your own")
PROBLEM(PROBLEM_FILE_SHARED, "E-FILE-SHARED",
        "los lotes de esta carpeta los aprueba una segunda persona, y otras personas además de usted tienen permiso de escribir en el archivo",
        "Quite el permiso de escritura a los demás (en un terminal: chmod go-w) y vuelva a dejarlo en la carpeta",
        "batches of this folder are approved by a second person, and others than you may write to the file",
        "Take the right to write away from all others (on a terminal: chmod go-w) and drop it again")
PROBLEM(PROBLEM_FILE_NO_GOOD_ROW, "E-FILE-NO-GOOD-ROW",
        "ninguna fila del archivo se puede enviar",
        "Corrija lo que se indica en cada fila y vuelva a dejarlo en la carpeta",
        "no row of the file can be sent",
        "Mend what is said about each row and drop the file again")
PROBLEM(PROBLEM_FILE_STRICT, "E-FILE-STRICT",
        "hay filas con problemas y este perfil solo acepta archivos sin ninguno",
        "Corrija las filas indicadas y vuelva a dejar el archivo completo en la carpeta",
        "some rows have problems and this profile accepts only files without any",
        "Mend the rows that are named and drop the whole file again")
PROBLEM(PROBLEM_FILE_ROWS, "E-FILE-ROWS",
        "el archivo tiene demasiadas filas; se aceptan hasta {detail}",
        "Divídalo en varios archivos",
        "the file has too many rows; at most {detail} are accepted",
        "Split it into several files")
PROBLEM(PROBLEM_FILE_REJECTED_SHARE, "E-FILE-REJECTED-SHARE",
        "demasiadas filas tienen problemas; se acepta hasta {detail}",
        "Corrija las filas indicadas y vuelva a dejar el archivo completo en la carpeta",
        "too many rows have problems; at most {detail} is accepted",
        "Mend the rows that are named and drop the whole file again")
PROBLEM(PROBLEM_FILE_SUM, "E-FILE-SUM",
        "la suma del archivo pasa del máximo permitido, {detail}",
        "Revise los montos, o divida el archivo en varios",
        "the sum of the file is above what is allowed, {detail}",
        "Check the amounts, or split the file into several")
PROBLEM(PROBLEM_FILE_TOTALS, "E-FILE-TOTALS",
        "los totales declarados no son los del archivo: {detail}",
        "Revise si al archivo le faltan o le sobran filas; corrija el archivo o los totales y vuelva a dejarlo en la carpeta. Si los totales se leyeron del nombre del archivo y no lo eran, cambie el nombre: quítele la parte como _n120_s45120300",
        "the totals that were declared are not those of the file: {detail}",
        "Check whether rows are missing or too many; mend the file or the totals and drop it again. If the totals were read from the file name and were not meant as such, rename the file: take the part like _n120_s45120300 out of it")
PROBLEM(PROBLEM_FILE_TOTALS_MISSING, "E-FILE-TOTALS-MISSING",
        "el archivo no trae los totales de control que aquí se exigen",
        "Agregue al final una fila con TOTAL y la cantidad de órdenes en la columna del número de orden (como TOTAL 120) y la suma en la columna del monto, y vuelva a dejarlo en la carpeta",
        "the file does not bring the control totals that are required here",
        "Add a last row with TOTAL and the number of orders in the column of the order number (like TOTAL 120) and the sum in the column of the amount, and drop it again")
PROBLEM(PROBLEM_FILE_TOTALS_ROW, "E-FILE-TOTALS-ROW",
        "no se puede leer lo que declara la fila TOTAL, así que no se puede comprobar si el archivo llegó completo; no se envió nada de él",
        "Deje como última fila una con TOTAL y la cantidad de órdenes en la columna del número de orden (como TOTAL 120), la suma en la del monto, escrita como los demás montos, y la moneda en la suya; o borre esa fila si no quiere que se compruebe",
        "what the TOTAL row declares cannot be read, so it cannot be checked whether the file is whole; nothing of it was sent",
        "Let the last row be one with TOTAL and the number of orders in the column of the order number (like TOTAL 120), the sum in that of the amount, written like the other amounts, and the currency in its own; or delete that row if nothing is to be checked")
PROBLEM(PROBLEM_FILE_TOTALS_LAST, "E-FILE-TOTALS-LAST",
        "la fila TOTAL no es la última: debajo de ella hay filas que no son cobros, así que no se puede comprobar si el archivo llegó completo; no se envió nada de él",
        "Borre lo que está debajo de la fila TOTAL, o borre esa fila si no quiere que se compruebe, y vuelva a dejar el archivo en la carpeta",
        "the TOTAL row is not the last one: there are rows below it that are no orders, so it cannot be checked whether the file is whole; nothing of it was sent",
        "Delete what is below the TOTAL row, or delete that row if nothing is to be checked, and drop the file again")
PROBLEM(PROBLEM_FILE_TOTALS_NAME, "E-FILE-TOTALS-NAME",
        "el nombre del archivo declara totales que no se pueden leer: {detail}",
        "Escríbalos como _n120_s45120300 (cantidad de órdenes y suma, solo con cifras; en MXN, en centavos), o quítelos del nombre, y vuelva a dejar el archivo en la carpeta",
        "the name of the file declares totals that cannot be read: {detail}",
        "Write them like _n120_s45120300 (number of orders and sum, digits only; MXN in centavos), or take them out of the name, and drop the file again")
PROBLEM(PROBLEM_FILE_TOTALS_FILE, "E-FILE-TOTALS-FILE",
        "los totales que están al lado, en {detail}, no se pueden leer: es un enlace, una carpeta o un dispositivo, o falta el permiso de lectura",
        "Borre eso, o ponga en su lugar un archivo de texto que el servicio pueda leer, y vuelva a dejar los dos archivos en la carpeta",
        "the totals beside the file, in {detail}, cannot be read: it is a link, a folder or a device, or the right to read it is missing",
        "Remove it, or put a text file there that the service may read, and drop both files again")
PROBLEM(PROBLEM_FILE_TOTALS_READ, "E-FILE-TOTALS-READ",
        "el archivo de totales (.ctl) no se puede leer: {detail}",
        "Escriba en él una línea «count = 120» y una línea «sum = 45120300 CLP» por moneda (en MXN, en centavos) y vuelva a dejar los dos archivos en la carpeta",
        "the file with the totals (.ctl) cannot be read: {detail}",
        "Write a line \"count = 120\" and, for each currency, a line \"sum = 45120300 CLP\" (MXN in centavos) and drop both files again")
PROBLEM(PROBLEM_FILE_DUPLICATE, "E-FILE-DUPLICATE",
        "este mismo archivo ya fue recibido: {detail}",
        "No hace falta hacer nada; no se envió nada otra vez",
        "this same file was received before: {detail}",
        "Nothing needs to be done; nothing was sent again")
PROBLEM(PROBLEM_FILE_LINKS, "E-FILE-LINKS",
        "el archivo está enlazado también desde otro lugar, así que podría cambiar mientras se lee",
        "Deje en la carpeta una copia, no un enlace",
        "the file is linked from another place too, so it could change while it is read",
        "Drop a copy and not a link")
PROBLEM(PROBLEM_FILE_UNREADABLE, "E-FILE-UNREADABLE",
        "no hay permiso para leer el archivo, o el disco no lo entrega: {detail}",
        "Dé permiso de lectura al servicio, o copie el archivo de nuevo",
        "the file may not be read, or the disk does not give it: {detail}",
        "Give the service the right to read it, or copy the file again")

/* a row as a whole */
PROBLEM(PROBLEM_ROW_SHORT, "E-ROW-SHORT",
        "a la fila le faltan columnas: tiene {value} y los títulos son {detail}",
        "Revise si falta un separador o si la fila quedó partida en dos",
        "the row has too few columns: {value}, and the header has {detail}",
        "Look for a missing separator or a row that was split in two")
PROBLEM(PROBLEM_ROW_LONG, "E-ROW-LONG",
        "la fila tiene columnas de más: tiene {value} y los títulos son {detail}",
        "Revise si un texto contiene el separador; en ese caso escríbalo entre comillas dobles",
        "the row has too many columns: {value}, and the header has {detail}",
        "Look for a text that contains the separator, and put it in double quotes")
PROBLEM(PROBLEM_ROW_CURLY_QUOTES, "E-ROW-CURLY-QUOTES",
        "la fila tiene {value} columnas y los títulos son {detail}: un texto está entre comillas curvas (“ ”), que no mantienen unido un texto",
        "Escriba ese texto entre comillas rectas (\")",
        "the row has {value} columns, and the header has {detail}: a text is in curly quotes (“ ”), which do not keep a text together",
        "Put that text in straight quotes (\")")
PROBLEM(PROBLEM_ROW_HEADER, "E-ROW-HEADER",
        "esta fila repite los nombres de las columnas",
        "Bórrela, también si está oculta en la planilla; los títulos van solo en la primera fila",
        "this row repeats the names of the columns",
        "Delete it, also if the spreadsheet hides it; they belong in the first row only")
PROBLEM(PROBLEM_ROW_TOTAL, "E-ROW-TOTAL",
        "esta fila parece la de los totales y no un cobro",
        "Bórrela. Si quiere que se compruebe la suma, déjela como última fila, con TOTAL en la columna del número de orden y la suma en la del monto",
        "this row seems to be the one with the totals and no order",
        "Delete it. To have the sum checked, let it be the last row, with TOTAL in the column of the order number and the sum in that of the amount")
PROBLEM(PROBLEM_ROW_QUOTE, "E-ROW-QUOTE",
        "en la fila hay una comilla doble (\") que no se cierra o que está en medio de un texto",
        "Borre la comilla, o escriba el texto entre comillas dobles y cada comilla de adentro dos veces (\"\")",
        "the row has a double quote (\") that is not closed or stands within a text",
        "Delete the quote, or put the text in double quotes and write each quote in it twice (\"\")")
PROBLEM(PROBLEM_ROW_SIZE, "E-ROW-SIZE",
        "la fila es demasiado larga; se acepta hasta {detail}",
        "Acorte los textos de la fila",
        "the row is too long; at most {detail} is accepted",
        "Shorten the texts of the row")
PROBLEM(PROBLEM_CELL_SIZE, "E-CELL-SIZE",
        "la celda es demasiado larga; se acepta hasta {detail}",
        "Acorte el texto",
        "the cell is too long; at most {detail} is accepted",
        "Shorten the text")
PROBLEM(PROBLEM_CELL_CONTROL, "E-CELL-CONTROL",
        "la celda contiene caracteres invisibles que no son texto",
        "Borre la celda y escríbala de nuevo a mano",
        "the cell contains invisible characters that are no text",
        "Clear the cell and type it again")
PROBLEM(PROBLEM_CELL_ENCODING, "E-CELL-ENCODING",
        "la celda contiene letras mal codificadas (por ejemplo tildes o eñes dañadas)",
        "Escriba el texto de nuevo y guarde el archivo como «CSV UTF-8»",
        "the cell contains letters in a wrong encoding (damaged accents, for example)",
        "Type the text again and save the file as \"CSV UTF-8\"")
PROBLEM(PROBLEM_CELL_ACCENTS, "E-CELL-ACCENTS",
        "las tildes o eñes están dañadas; probablemente decía «{detail}»",
        "Escriba el texto de nuevo y guarde el archivo como «CSV UTF-8»",
        "accents are damaged; it probably was \"{detail}\"",
        "Type the text again and save the file as \"CSV UTF-8\"")
PROBLEM(PROBLEM_CELL_ERROR, "E-CELL-ERROR",
        "la celda trae un error de la planilla en vez de un dato",
        "Corrija la fórmula de esa celda, o escriba el dato a mano (si se ve ####, ensanche la columna), y guarde de nuevo como CSV",
        "the cell holds an error of the spreadsheet and no value",
        "Mend the formula of that cell, or type the value (if it shows ####, widen the column), and save as CSV again")
PROBLEM(PROBLEM_CELL_SCIENTIFIC, "E-CELL-SCIENTIFIC",
        "Excel cambió un número largo a notación científica y sus últimas cifras se perdieron; era {detail}",
        "En Excel, dé a la columna el formato Texto, escriba el número completo y guarde de nuevo como CSV",
        "Excel changed a long number to scientific notation and its last digits are lost; it was {detail}",
        "In Excel, format the column as Text, type the whole number and save as CSV again")
PROBLEM(PROBLEM_CELL_CURLY_QUOTES, "E-CELL-CURLY-QUOTES",
        "la celda tiene comillas curvas (“ ”), que aquí no sirven",
        "Bórrelas, o escríbalas rectas (\")",
        "the cell has curly quotes (“ ”), which cannot be used here",
        "Delete them, or type straight ones (\")")
PROBLEM(PROBLEM_CELL_LENGTH, "E-CELL-LENGTH",
        "el texto es demasiado largo; se aceptan hasta {detail} caracteres",
        "Acórtelo",
        "the text is too long; at most {detail} characters are accepted",
        "Shorten it")
PROBLEM(PROBLEM_FIELD_TWICE, "E-FIELD-TWICE",
        "lo mismo está dicho también en la columna «{detail}» de esta fila",
        "Deje solo una de las dos celdas",
        "the same is said in the column \"{detail}\" of this row too",
        "Keep only one of the two cells")
PROBLEM(PROBLEM_FIELD_API, "E-FIELD-API",
        "esta columna no se puede enviar con la versión configurada del proveedor ({detail})",
        "Deje la celda vacía, o pida que se cambie api_version en la configuración",
        "this column cannot be sent with the provider's version that is set ({detail})",
        "Leave the cell empty, or ask for another api_version in the settings")
PROBLEM(PROBLEM_ACTION, "E-ACTION",
        "la acción debe ser create, cancel o reissue",
        "Deje la celda vacía para cobrar, escriba cancel para anular el enlace de esa orden, o reissue para reemplazarlo",
        "the action is none of create, cancel or reissue",
        "Leave the cell empty to charge, write cancel to end the link of that order, or reissue to replace it")

/* the order's reference */
PROBLEM(PROBLEM_ORDER_MISSING, "E-ORDER-MISSING",
        "falta el número de orden",
        "Escriba el número de la factura u orden, que debe ser único; si es la fila de los totales, bórrela",
        "the order number is missing",
        "Write the number of the invoice or order, which must be unique; if it is the row with the totals, delete it")
PROBLEM(PROBLEM_ORDER_LENGTH, "E-ORDER-LENGTH",
        "el número de orden es demasiado largo; se aceptan hasta {detail} caracteres",
        "Acórtelo",
        "the order number is too long; at most {detail} characters are accepted",
        "Shorten it")
PROBLEM(PROBLEM_ORDER_DATE, "E-ORDER-DATE",
        "Excel convirtió el número de orden en una fecha",
        "En Excel, dé a la columna el formato Texto, escriba de nuevo el número y guarde otra vez como CSV",
        "Excel turned the order number into a date",
        "In Excel, format the column as Text, type the number again and save as CSV once more")
PROBLEM(PROBLEM_ORDER_ZEROS, "E-ORDER-ZEROS",
        "el número de orden {value} perdió los ceros de la izquierda, que Excel borra; en el archivo que se corrige era {detail}",
        "En Excel, dé a la columna el formato Texto, escriba el número completo y guarde de nuevo como CSV",
        "the order number {value} has lost its leading zeros, which Excel removes; in the file that is mended it was {detail}",
        "In Excel, format the column as Text, type the whole number and save as CSV again")
PROBLEM(PROBLEM_DUPLICATE, "E-DUPLICATE",
        "esta orden ya fue recibida, igual: {detail}",
        "No hace falta hacer nada; no se envió otra vez",
        "this order was received before, the same: {detail}",
        "Nothing needs to be done; it was not sent again")
PROBLEM(PROBLEM_CONFLICT, "E-CONFLICT",
        "ya hay una orden con este número y otros datos: {detail}",
        "Si es otro cobro, póngale otro número; si es una corrección, anule primero el anterior",
        "there is an order with this number and other data already: {detail}",
        "If it is another order, give it another number; if it corrects the first, cancel that one before")

/* amounts and currencies */
PROBLEM(PROBLEM_AMOUNT_MISSING, "E-AMOUNT-MISSING",
        "falta el monto",
        "Escriba el monto a cobrar",
        "the amount is missing",
        "Write the amount to be paid")
PROBLEM(PROBLEM_AMOUNT_FORMAT, "E-AMOUNT-FORMAT",
        "el monto no se puede leer como número",
        "Escríbalo solo con cifras, sin espacios, signos, letras ni ceros a la izquierda",
        "the amount cannot be read as a number",
        "Write it with digits only, without blanks, signs, letters or leading zeros")
PROBLEM(PROBLEM_AMOUNT_NOTATION, "E-AMOUNT-NOTATION",
        "el monto se puede leer de dos maneras ({detail}) y no se adivina",
        "Escríbalo solo con cifras, sin puntos ni comas, o pida que se configure amount_format = decimal con sus signos (decimal_mark, thousands_mark)",
        "the amount can be read in two ways ({detail}) and none is guessed",
        "Write it with digits only, without dots and commas, or ask for amount_format = decimal and its marks (decimal_mark, thousands_mark) in the settings")
PROBLEM(PROBLEM_AMOUNT_MARKS, "E-AMOUNT-MARKS",
        "el monto no está escrito con los signos configurados (decimal_mark, thousands_mark); se podría leer de dos maneras ({detail}) y no se adivina",
        "Escríbalo con los signos configurados, o pida que se cambien",
        "the amount is not written with the marks that are set (decimal_mark, thousands_mark); it could be read in two ways ({detail}) and none is guessed",
        "Write it with the marks that are set, or ask for other settings")
PROBLEM(PROBLEM_AMOUNT_DECIMALS, "E-AMOUNT-DECIMALS",
        "los decimales del monto no son los de su moneda ({detail})",
        "Escríbalo sin decimales en CLP; en MXN con dos o ninguno",
        "the decimals of the amount are not those of its currency ({detail})",
        "Write it without decimals in CLP; in MXN with two or none")
PROBLEM(PROBLEM_AMOUNT_RANGE, "E-AMOUNT-RANGE",
        "el monto debe ser mayor que cero y no más de {detail}",
        "Corrija el monto, o divida el cobro en varios",
        "the amount must be above zero and at most {detail}",
        "Correct the amount, or split it into several orders")
PROBLEM(PROBLEM_AMOUNT_FORMAT_UNSET, "E-AMOUNT-FORMAT-UNSET",
        "no está configurado si los montos en MXN vienen en pesos o en centavos",
        "Pida que se configure amount_format: minor si vienen en centavos, decimal si vienen en pesos con decimales",
        "it is not set whether amounts in MXN are in pesos or in centavos",
        "Ask for amount_format in the settings: minor if they are in centavos, decimal if they are in pesos with decimals")
PROBLEM(PROBLEM_AMOUNT_AND_ITEMS, "E-AMOUNT-AND-ITEMS",
        "la fila tiene un monto y también un detalle de ítems, que da el total por sí solo",
        "Deje vacío el monto o borre el detalle",
        "the row has an amount and also line items, which make the total by themselves",
        "Leave the amount empty or remove the items")
PROBLEM(PROBLEM_CURRENCY, "E-CURRENCY",
        "la moneda no es CLP ni MXN",
        "Escriba CLP o MXN, en mayúsculas",
        "the currency is neither CLP nor MXN",
        "Write CLP or MXN, in capitals")
PROBLEM(PROBLEM_CURRENCY_MISSING, "E-CURRENCY-MISSING",
        "falta la moneda",
        "Agregue una columna currency (o moneda) con CLP o MXN, o pida que se configure una para todo el archivo",
        "the currency is missing",
        "Add a column currency with CLP or MXN, or ask for one in the settings")

/* other single cells */
PROBLEM(PROBLEM_FLOW, "E-FLOW",
        "solo se conoce el valor payment",
        "Escriba payment o deje la celda vacía",
        "only the value payment is known",
        "Write payment or leave the cell empty")
PROBLEM(PROBLEM_EMAIL, "E-EMAIL",
        "no es una dirección de correo",
        "Escriba una sola dirección, como nombre@empresa.cl",
        "this is not an e-mail address",
        "Write one address, like name@company.com")
PROBLEM(PROBLEM_DATE, "E-DATE",
        "la fecha no existe o no está escrita como aaaa-mm-dd",
        "Escríbala así: {detail}; en Excel: Formato de celdas, Personalizada, aaaa-mm-dd",
        "the date does not exist or is not written as year-month-day",
        "Write it like this: {detail}; in Excel: Format Cells, Custom, yyyy-mm-dd")
PROBLEM(PROBLEM_DATE_TWO_WAYS, "E-DATE-TWO-WAYS",
        "la fecha se puede leer de dos maneras ({detail}) y no se adivina",
        "Escríbala como aaaa-mm-dd; en Excel: Formato de celdas, Personalizada, aaaa-mm-dd",
        "the date can be read in two ways ({detail}) and none is guessed",
        "Write it as year-month-day; in Excel: Format Cells, Custom, yyyy-mm-dd")
PROBLEM(PROBLEM_DATE_SERIAL, "E-DATE-SERIAL",
        "Excel guardó la fecha como un número; corresponde a {detail}",
        "En Excel, dé a la columna el formato Personalizada aaaa-mm-dd y guarde de nuevo como CSV",
        "Excel saved the date as a number; it stands for {detail}",
        "In Excel, format the column as Custom yyyy-mm-dd and save as CSV again")
PROBLEM(PROBLEM_EXPIRES_PAST, "E-EXPIRES-PAST",
        "el vencimiento del enlace ya pasó o está demasiado cerca",
        "Escriba {detail} o una fecha posterior",
        "the link would expire in the past or too soon",
        "Write {detail} or later")
PROBLEM(PROBLEM_SEND_AFTER_EXPIRES, "E-SEND-AFTER-EXPIRES",
        "se pide enviar cuando el enlace ya habría vencido ({detail})",
        "Adelante el envío o atrase el vencimiento",
        "it is to be sent when the link would have expired already ({detail})",
        "Send it earlier or let it expire later")
PROBLEM(PROBLEM_URL, "E-URL",
        "no es una dirección web completa y segura",
        "Escríbala completa y sin espacios, como https://empresa.cl/gracias",
        "this is not a complete and secure web address",
        "Write all of it, without blanks, like https://company.com/thanks")
PROBLEM(PROBLEM_URL_PAIR, "E-URL-PAIR",
        "hay solo una de las dos direcciones web: success_url y cancel_url van juntas",
        "Escriba las dos o ninguna",
        "only one of the two web addresses is given: success_url and cancel_url go together",
        "Write both or none")
PROBLEM(PROBLEM_METHOD, "E-METHOD",
        "no es un medio de pago conocido",
        "Escriba bank_transfer, card o los dos separados por un espacio",
        "this is not a known payment method",
        "Write bank_transfer, card or both with a blank between them")
PROBLEM(PROBLEM_CATEGORY, "E-CATEGORY",
        "la categoría no tiene seis cifras",
        "Escriba las seis cifras, con los ceros a la izquierda; en Excel, dé a la columna el formato Texto",
        "the category does not have six digits",
        "Write all six digits, with the leading zeros; in Excel, format the column as Text")
PROBLEM(PROBLEM_CATEGORY_ZEROS, "E-CATEGORY-ZEROS",
        "a la categoría le faltan los ceros de la izquierda, que Excel borra; probablemente era {detail}",
        "En Excel, dé a la columna el formato Texto y escriba las seis cifras",
        "the category has lost its leading zeros, which Excel removes; it probably was {detail}",
        "In Excel, format the column as Text and type all six digits")

/* metadata and other nested values */
PROBLEM(PROBLEM_JSON, "E-JSON",
        "el texto no está bien escrito como {detail}",
        "Corríjalo o deje la celda vacía; las columnas con punto (como metadata.clave) son más fáciles",
        "the text is not well written as {detail}",
        "Mend it or leave the cell empty; columns with a dot (like metadata.key) are easier")
PROBLEM(PROBLEM_METADATA_NESTED, "E-METADATA-NESTED",
        "el dato «{detail}» no es un texto, un número ni verdadero/falso",
        "Deje un solo nivel, con valores simples",
        "the entry \"{detail}\" is no text, number or true/false",
        "Keep one level with plain values")
PROBLEM(PROBLEM_METADATA_COUNT, "E-METADATA-COUNT",
        "hay demasiados datos adicionales (metadata): {detail}",
        "Quite los que sobran",
        "there are too many metadata entries: {detail}",
        "Remove some of them")
PROBLEM(PROBLEM_METADATA_KEY, "E-METADATA-KEY",
        "el nombre «{detail}» no sirve: debe tener entre 1 y 40 caracteres visibles",
        "Cámbielo",
        "the name \"{detail}\" cannot be used: it must have 1 to 40 visible characters",
        "Change it")
PROBLEM(PROBLEM_METADATA_VALUE, "E-METADATA-VALUE",
        "el dato «{detail}» tiene más de 500 caracteres o contiene caracteres que no son texto",
        "Acórtelo o escríbalo de nuevo",
        "the entry \"{detail}\" has more than 500 characters or some that are no text",
        "Shorten it or type it again")
PROBLEM(PROBLEM_METADATA_RESERVED, "E-METADATA-RESERVED",
        "el nombre «{detail}» está reservado: ahí va el número de la orden o nuestra marca",
        "Use otro nombre",
        "the name \"{detail}\" is reserved for the order number or our own mark",
        "Use another name")
PROBLEM(PROBLEM_METADATA_TWICE, "E-METADATA-TWICE",
        "el dato «{detail}» está dos veces en la fila",
        "Deje solo uno",
        "the entry \"{detail}\" is in the row twice",
        "Keep only one")
PROBLEM(PROBLEM_OPTIONS_PATH, "E-OPTIONS-PATH",
        "el nombre de la columna no sirve, o contradice a la columna «{detail}»",
        "Corrija el nombre de la columna en la primera fila",
        "the name of the column cannot be used, or contradicts the column \"{detail}\"",
        "Correct the name of the column in the first row")

/* customers and tax ids */
PROBLEM(PROBLEM_CUSTOMER, "E-CUSTOMER",
        "los datos del cliente no sirven: {detail}",
        "Corríjalos, o use las columnas customer.name, customer.email y rut",
        "the customer cannot be used: {detail}",
        "Correct it, or use the columns customer.name, customer.email and rut")
PROBLEM(PROBLEM_CUSTOMER_CONTACT, "E-CUSTOMER-CONTACT",
        "al cliente le falta un correo o un RUT; un RFC no basta",
        "Agregue uno de los dos, o borre los demás datos del cliente",
        "the customer has neither an e-mail address nor a RUT; an RFC is not enough",
        "Add one of them, or remove the customer's other data")
PROBLEM(PROBLEM_TAX_ID_PAIR, "E-TAX-ID-PAIR",
        "el tipo y el valor de la identificación tributaria van juntos",
        "Escriba los dos o ninguno",
        "type and value of the tax id go together",
        "Write both or none")
PROBLEM(PROBLEM_TAX_ID, "E-TAX-ID",
        "no es un RUT ni un RFC válido",
        "Revíselo; el RUT lleva su dígito verificador",
        "this is neither a valid RUT nor a valid RFC",
        "Check it; a RUT ends with its check digit")
PROBLEM(PROBLEM_RUT, "E-RUT",
        "el RUT no es válido: el dígito verificador no corresponde",
        "Revíselo con el cliente y escríbalo como 12.345.678-5",
        "the RUT is not valid: its check digit does not fit",
        "Check it with the customer and write it like 12.345.678-5")
PROBLEM(PROBLEM_RUT_DIGIT, "E-RUT-DIGIT",
        "al RUT le falta el dígito verificador, o es otro; si solo falta, el RUT completo sería {detail}",
        "Revíselo con el cliente y escríbalo completo",
        "the RUT has no check digit, or another one; if it is only missing, the whole RUT would be {detail}",
        "Check it with the customer and write all of it")
PROBLEM(PROBLEM_RFC, "E-RFC",
        "el RFC no tiene la forma de un RFC: 3 o 4 letras, fecha de 6 cifras y 3 caracteres; este tiene {detail} caracteres",
        "Revíselo con el cliente: el de una empresa tiene 12 caracteres, el de una persona 13",
        "the RFC does not look like one: 3 or 4 letters, a date of 6 digits and 3 characters; this has {detail} characters",
        "Check it with the customer: a company's has 12 characters, a person's 13")

/* line items */
PROBLEM(PROBLEM_ITEMS_NAME, "E-ITEMS-NAME",
        "al ítem le falta el nombre",
        "Escriba qué se cobra en item.name",
        "the item has no name",
        "Write in item.name what is charged")
PROBLEM(PROBLEM_ITEMS_AMOUNT, "E-ITEMS-AMOUNT",
        "el precio del ítem falta o no es un número mayor que cero",
        "Escríbalo en item.unit_amount como los demás montos",
        "the price of the item is missing or no number above zero",
        "Write it in item.unit_amount like the other amounts")
PROBLEM(PROBLEM_ITEMS_QUANTITY, "E-ITEMS-QUANTITY",
        "la cantidad del ítem no es un número entero mayor que cero",
        "Escriba la cantidad solo con cifras en item.quantity",
        "the quantity of the item is no whole number above zero",
        "Write the quantity with digits only in item.quantity")
PROBLEM(PROBLEM_ITEMS_JSON, "E-ITEMS-JSON",
        "el detalle de ítems no tiene la forma que pide el proveedor: {detail}",
        "Corríjalo, o use las columnas item.name, item.unit_amount e item.quantity con una fila por ítem",
        "the line items are not as the provider takes them: {detail}",
        "Mend them, or use the columns item.name, item.unit_amount and item.quantity with one row for each item")
PROBLEM(PROBLEM_ITEMS_CURRENCY, "E-ITEMS-CURRENCY",
        "un ítem tiene otra moneda que la fila ({detail})",
        "Use la misma moneda en toda la orden",
        "an item has another currency than the row ({detail})",
        "Use one currency in the whole order")
PROBLEM(PROBLEM_ITEMS_ROW_DIFFERS, "E-ITEMS-ROW-DIFFERS",
        "esta fila continúa la orden de la línea {detail}, pero aquí la celda dice otra cosa",
        "Deje la celda vacía o igual a la de la primera fila de la orden",
        "this row goes on with the order of line {detail}, but the cell says something else",
        "Leave the cell empty or the same as in the first row of the order")
PROBLEM(PROBLEM_ITEMS_COUNT, "E-ITEMS-COUNT",
        "la orden tiene demasiados ítems; se aceptan hasta {detail}",
        "Divida el cobro en varias órdenes",
        "the order has too many items; at most {detail} are accepted",
        "Split it into several orders")

/* instructions: cancel and reissue */
PROBLEM(PROBLEM_LINK_UNKNOWN, "E-LINK-UNKNOWN",
        "no hay ninguna orden con ese número en este perfil y período",
        "Revise el número; si la orden es de otra carpeta o de otro período, deje la instrucción allí",
        "there is no order with that number in this profile and run",
        "Check the number; if the order is of another folder or run, drop the instruction there")
PROBLEM(PROBLEM_LINK_BEGUN, "E-LINK-BEGUN",
        "el pagador ya empezó a pagar, o su pago aún no se confirma; el enlace no se puede anular",
        "Espere el resultado; si no paga, el enlace vence por sí solo y puede repetir la instrucción",
        "the payer has begun to pay, or the payment is not confirmed yet; the link cannot be ended",
        "Wait for the outcome; if nothing is paid the link runs out by itself, and you can repeat the instruction")
PROBLEM(PROBLEM_LINK_PAID, "E-LINK-PAID",
        "la orden ya se pagó; no se anuló nada ni se hizo otro enlace",
        "Si hay que devolver el dinero, hágalo en el panel del proveedor",
        "the order was paid; nothing was ended and no other link was made",
        "If the money has to go back, do it in the provider's dashboard")
PROBLEM(PROBLEM_LINK_OVER, "E-LINK-OVER",
        "la orden no tiene un enlace vigente: {detail}",
        "No hay nada que anular; para cobrarla de nuevo use reissue",
        "the order has no live link: {detail}",
        "There is nothing to end; use reissue to charge it again")
PROBLEM(PROBLEM_LINK_LIVES, "E-LINK-LIVES",
        "el proveedor no terminó el enlace, aunque se le pidió varias veces",
        "El enlace aún se puede pagar; avise a quien opera el servicio",
        "the provider did not end the link although it was asked several times",
        "The link can still be paid; tell whoever operates the service")
PROBLEM(PROBLEM_LINK_GONE, "E-LINK-GONE",
        "el proveedor ya no conoce el enlace de esta orden",
        "Pregunte al proveedor antes de hacer otro; avise a quien opera el servicio",
        "the provider does not know the link of this order any more",
        "Ask the provider before another one is made; tell whoever operates the service")
PROBLEM(PROBLEM_LINK_OPEN_QUESTION, "E-LINK-OPEN-QUESTION",
        "todavía no se sabe si la orden tiene un enlace, o ya hay otra instrucción en curso para ella",
        "Espere los resultados de ese lote y repita la instrucción después",
        "it is not known yet whether the order has a link, or another instruction for it is under way",
        "Wait for the results of that batch, and repeat the instruction then")
PROBLEM(PROBLEM_LINK_KEPT, "E-LINK-KEPT",
        "la instrucción se retiró antes de cumplirse; el enlace de la orden sigue como estaba",
        "Si todavía hay que anularlo o cambiarlo, repita la instrucción",
        "the instruction was withdrawn before it was carried out; the link of the order is as it was",
        "If it still has to be ended or replaced, repeat the instruction")

/* the provider's payout file */
PROBLEM(PROBLEM_PAYOUT_HEADER, "E-PAYOUT-HEADER",
        "la primera fila no tiene los nombres de columnas de una liquidación de pagos del proveedor",
        "Deje aquí el archivo de liquidación tal como lo manda el proveedor; los archivos de cobros van en la carpeta de arriba",
        "the first row has no column names of the provider's payout report",
        "Drop the payout report here as the provider sends it; order files go into the folder above")
PROBLEM(PROBLEM_PAYOUT_ID, "E-PAYOUT-ID",
        "no es un identificador de pago",
        "Borre los subtotales y las filas que no son pagos, o pida el archivo de nuevo al proveedor",
        "this is no payment id",
        "Delete subtotals and rows that are no payments, or ask the provider for the file again")
PROBLEM(PROBLEM_PAYOUT_AMOUNT, "E-PAYOUT-AMOUNT",
        "no es un número entero en la unidad más chica de la moneda",
        "Use el archivo como lo manda el proveedor, sin pasarlo por Excel",
        "this is no whole number in the smallest unit of the currency",
        "Use the file as the provider sends it, without saving it in Excel")
PROBLEM(PROBLEM_PAYOUT_CENTS, "E-PAYOUT-CENTS",
        "todos los montos que conocemos ({detail}) son exactamente cien veces los pagados, o la centésima parte",
        "No se contó nada. Pida a quien opera el servicio que revise amounts en [payouts]: minor si el archivo trae pesos, cents si trae centavos; después vuelva a dejar el archivo",
        "every amount that we know ({detail}) is exactly a hundred times what was paid, or a hundredth of it",
        "Nothing was counted. Ask whoever operates the service to look at amounts in [payouts]: minor if the file has pesos, cents if it has hundredths; then drop the file again")

/* what the provider said */
PROBLEM(PROBLEM_REFUSED, "E-REFUSED",
        "el proveedor rechazó este cobro: {detail}",
        "Corrija la fila según lo que dice el proveedor y vuelva a dejarla en la carpeta",
        "the provider refused this order: {detail}",
        "Mend the row as the provider says and drop it again")
PROBLEM(PROBLEM_UNKNOWN, "E-UNKNOWN",
        "no se pudo averiguar si el proveedor creó el enlace: {detail}",
        "No vuelva a enviar esta fila; quien opera el servicio debe mirarla",
        "it could not be found out whether the provider made the link: {detail}",
        "Do not send this row again; whoever operates the service has to look at it")
PROBLEM(PROBLEM_REQUEST, "E-REQUEST",
        "con esta fila no se pudo armar la solicitud al proveedor",
        "Avise a quien opera el servicio; no se envió nada",
        "no request to the provider could be made of this row",
        "Tell whoever operates the service; nothing was sent")
PROBLEM(PROBLEM_GIVEN_UP, "E-GIVEN-UP",
        "se anuló sin haber podido averiguar si el proveedor creó el enlace",
        "Si el pagador recibió un enlace, todavía podría pagar con él; si la orden vuelve en otro archivo, no se envía hasta que alguien decida",
        "it was cancelled although it could not be found out whether the provider made the link",
        "If the payer got a link, it may still be paid; if the order comes in another file, it is not sent before somebody decides")
PROBLEM(PROBLEM_GIVEN_UP_BEFORE, "E-GIVEN-UP-BEFORE",
        "esta orden ya se había anulado sin que se supiera si el proveedor creó su enlace: {detail}",
        "No se envía hasta que alguien decida: pida a quien opera el servicio que busque la orden en el panel del proveedor; si no tiene enlace, la manda enviar, y si lo tiene, la anula",
        "this order was cancelled before, when nobody knew whether the provider had made its link: {detail}",
        "It is not sent before somebody decides: ask whoever operates the service to look for the order in the provider's dashboard; if it has no link there it can be sent, and if it has one it is cancelled")
PROBLEM(PROBLEM_REPLY_MISMATCH, "E-REPLY-MISMATCH",
        "el proveedor contestó con otro cobro que el pedido: {detail}",
        "El enlace no se publica; avise a quien opera el servicio",
        "the provider answered with another order than the one that was asked for: {detail}",
        "The link is not published; tell whoever operates the service")
